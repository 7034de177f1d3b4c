// Files and folders of this machine dragged onto a page, as the browser itself does it.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Writes files into a fresh folder; `files` are `[name, bytes]`, and names may have folders. Returns the folder. */
export function folder(files) {
  const home = mkdtempSync(join(tmpdir(), "augsphere-"));
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), bytes);
  }
  return home;
}

/** Drops what lies at `paths` on the middle of an element. */
export async function drop(driver, selector, paths) {
  const box = await driver.page.locator(selector).first().boundingBox();
  const session = await driver.page.context().newCDPSession(driver.page);
  const event = { x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files: paths, dragOperationsMask: 1 } };
  for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, ...event });
  await session.detach();
}
