// The content security policy under which the page is tested: the one that scripts/serve.py sends.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../scripts/serve.py", import.meta.url), "utf8");
const found = source.match(/default-src[^"]*/);

export const policy = found?.[0] ?? "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self' blob: data:";
