// On what were the numbers taken?
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus, loadavg, totalmem, type, release } from "node:os";
import { join } from "node:path";
import { program } from "./browser/chromium.mjs";
import { cacheFolder, root } from "./places.mjs";

function said(command, given) {
  const { status, stdout } = spawnSync(command, given, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim().split("\n")[0] : undefined;
}

/** Hardware, programs, commit and how busy it was, at this moment. */
export function machine() {
  const python = join(cacheFolder(), "venv", "bin", "python");
  const changed = said("git", ["status", "--porcelain", "--untracked-files=no", "--", "engine", "app", "Cargo.lock"]);
  let browser;
  try {
    browser = said(program(), ["--version"]);
  } catch {
    browser = undefined;
  }
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: loadavg()[0],
    commit: `${said("git", ["rev-parse", "--short", "HEAD"]) ?? "unknown"}${changed ? " with changes" : ""}`,
    rust: said("rustc", ["--version"]),
    node: process.version,
    chromium: browser,
    pytorch: existsSync(python) ? said(python, ["-c", "import torch; print(torch.__version__.split('+')[0])"]) : undefined,
  };
}
