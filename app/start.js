// The page's first script: sets the theme before anything is painted, starts the page's program, and says in the skeleton what is wrong
// if the program does not come. It is a file of its own so that it runs where a policy forbids scripts in the page.
"use strict";
(() => {
  // How long the program may take before something is said, milliseconds.
  const PATIENCE = 8000;
  const NEEDED = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  const CURRENT = "a current Chrome, Edge, Firefox or Safari";
  const root = document.documentElement;
  // From here on the skeleton's own words about a script that did not run are out of place.
  root.dataset.program = "loading";
  root.dataset.theme = theme();

  let forbidden = null;
  addEventListener("securitypolicyviolation", (event) => {
    if (/script-src|default-src/.test(event.effectiveDirective)) forbidden = event.effectiveDirective;
  });
  addEventListener("error", (event) => {
    if (root.dataset.program === "running" && event.error instanceof WebAssembly.RuntimeError) stopped();
  });
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();

  // The theme of the last visit, else the system's. Storage is forbidden in some frames.
  function theme() {
    let kept = null;
    try {
      kept = localStorage.getItem("theme");
    } catch {}
    if (kept === "dark" || kept === "light") return kept;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  async function start() {
    if (location.protocol === "file:") {
      return say(
        "This page cannot start because it was opened as a file: browsers run programs only if they come from a site.",
        "In the project's folder run “make run” and open the http address that it prints; any web server for the folder dist will do.",
      );
    }
    if (typeof WebAssembly !== "object") {
      return say(
        "This page cannot start because this browser has no WebAssembly; a lockdown or high-security mode may have switched it off.",
        `Allow it for this site, or use ${CURRENT}.`,
      );
    }
    const waiting = setTimeout(() => {
      const what = "The page has not started after 8 seconds: its program, about 4 MB, may still be on its way.";
      say(what, "Wait if the connection is slow; otherwise reload the page.", true, "loading");
    }, PATIENCE);
    const files = document.querySelector("meta[name=augsphere-program]")?.content.split(" ") ?? [];
    const [glue, wasm] = files.map((file) => new URL(file, document.baseURI).href);
    try {
      const { default: init } = await import(glue);
      await init({ module_or_path: wasm });
      root.dataset.program = "running";
    } catch (error) {
      clearTimeout(waiting);
      say(...(await explain(error, [glue, wasm])));
    }
    clearTimeout(waiting);
  }

  // What is wrong and what to do, and whether reloading may help.
  async function explain(error, files) {
    const text = String(error?.message ?? error);
    if (self.origin === "null") {
      const what = "This page cannot start because the frame around it keeps it from loading its program (a sandboxed frame).";
      return [what, `Open it in a tab of its own: ${location.href}`, false];
    }
    if (forbidden || /content security policy|unsafe-eval|blocked by csp/i.test(text)) {
      const what = `This site's content security policy (${forbidden ?? "script-src"}) forbids the page's program: it cannot start.`;
      return [what, `Ask whoever runs the site to allow it, with this policy or a wider one: ${NEEDED}`, false];
    }
    for (const file of files) {
      const problem = await wrong(file);
      if (problem) {
        const next = "The site has probably been updated, or only a part of it is there: reload the page. If that does not help, put the whole folder dist on the site.";
        return [problem, next, true];
      }
    }
    if (error instanceof WebAssembly.CompileError) {
      return ["This page cannot start because this browser is too old: the program needs WebAssembly with SIMD (2021 to 2023).", `Use ${CURRENT}.`, false];
    }
    if (error instanceof WebAssembly.RuntimeError) {
      return ["The page could not start: its program stopped at a mistake of its own.", "Reload the page; if it happens again, open it without what stands after # in its address.", true];
    }
    return [`The page could not start: ${text.replace(/\.$/, "")}.`, `Reload the page. If it happens again, switch off extensions that block scripts, or use ${CURRENT}.`, true];
  }

  // What is wrong with the site's answer for a file, if anything is.
  async function wrong(file) {
    const name = file.split("/").pop();
    const answer = await fetch(file, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (!answer) return `A part of the page's program could not be fetched (${name}): the network is down, or something in the browser blocks it.`;
    if (answer.status === 404 || answer.status === 410) return `A part of the page's program is missing on this site (${name}, status ${answer.status}).`;
    if (!answer.ok) return `The page's program could not be loaded: the site refuses a part of it (${name}, status ${answer.status}).`;
    const kind = (answer.headers.get("Content-Type") ?? "").split(";")[0].trim();
    if (kind === "text/html") return `The page's program could not be loaded: the site sends a web page in place of a part of it (${name}).`;
    if (name.endsWith(".js") && !/(java|ecma)script/.test(kind)) return `The page's program could not be loaded: the site sends ${name} as “${kind}” instead of text/javascript.`;
    return null;
  }

  function say(what, next, reload = false, state = "failed") {
    const box = document.getElementById("trouble");
    // The program has come after all.
    if (!box) return;
    root.dataset.program = state;
    document.getElementById("loading").hidden = true;
    box.hidden = false;
    fill(box, what, next, reload);
  }

  // The program stopped after it had started: what is to be seen answers no more.
  function stopped() {
    root.dataset.program = "stopped";
    const box = document.createElement("div");
    box.className = "stopped";
    box.setAttribute("role", "alert");
    fill(box, "The page stopped at a mistake of its own, and nothing on it answers any more.", "Reload the page: the experiment is in its address.", true);
    document.body.prepend(box);
  }

  function fill(box, what, next, reload) {
    const strong = document.createElement("strong");
    strong.textContent = what;
    box.replaceChildren(strong, ` ${next} `);
    if (reload) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "primary";
      button.textContent = "Reload the page";
      button.addEventListener("click", () => location.reload());
      box.append(button);
    }
  }
})();
