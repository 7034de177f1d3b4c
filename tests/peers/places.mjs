// Where are things? The project's root and the folder for what is installed or measured but is not part of it.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** `AUGSPHERE_CACHE`, as in scripts/env.sh. */
export function cacheFolder() {
  return process.env.AUGSPHERE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "augsphere");
}
