//! Why a worker did not start or came to an end, in sentences that a person can act on.

use augsphere_spec::Fault;

/// The end of a worker, for people and for those who decide what to offer next.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What happened and what to do next.
    pub fault: Fault,
    /// If it probably ran out of memory: the bytes that it had when it ended.
    pub memory: Option<u64>,
}

/// What a site answers for one of the worker's files.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Its address.
    pub file: String,
    /// The status of the answer; 0 if there was none.
    pub status: u16,
    /// The media type of the answer.
    pub kind: String,
}

/// How a worker ended, as it was noticed.
#[derive(Clone, Debug, PartialEq)]
pub enum Death {
    /// It never started.
    Load {
        /// What the browser says, often nothing.
        text: String,
        /// What the site answers for its files.
        probes: Vec<Probe>,
    },
    /// Its program found a mistake in itself.
    Panic {
        /// The program's words.
        text: String,
    },
    /// Its program was ended by the browser.
    Trap {
        /// The browser's words.
        text: String,
        /// Bytes of memory that it had.
        memory: u64,
    },
    /// A message came that makes no sense: page and worker are of different builds.
    Misread(Fault),
    /// A message came that the browser could not unpack.
    Unreadable,
}

/// What a host must allow.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/// What happened, from how the worker ended and from what a content security policy has `forbidden` (its directive).
pub fn failure(death: &Death, forbidden: Option<&str>) -> Failure {
    let (what, remedy, memory) = match death {
        Death::Load { text, probes } => {
            let (what, remedy) = unloaded(text, probes, forbidden);
            (what, remedy, None)
        }
        Death::Panic { text } => (
            format!("The worker stopped at a mistake of its own: {text}."),
            "Start it again. If it stops again with the same experiment, choose the CPU or a smaller batch, and please report these words."
                .into(),
            None,
        ),
        Death::Trap { text, memory } if exhausted(text) => (
            format!("The worker ended, as programs do that run out of memory; it had {}.", size(*memory)),
            "Choose a smaller batch, a smaller encoder or fewer images, then start it again.".into(),
            Some(*memory),
        ),
        Death::Trap { text, .. } => (
            format!("The worker was ended by the browser: {}.", text.trim_end_matches('.')),
            "Start it again. If it ends again, choose the CPU, a smaller batch or a smaller encoder.".into(),
            None,
        ),
        Death::Misread(fault) => (fault.what.clone(), fault.remedy.clone(), None),
        Death::Unreadable => (
            "A message of the worker could not be unpacked by the browser.".into(),
            "Start it again; if it happens again, close other tabs, because memory may be short.".into(),
            None,
        ),
    };
    Failure { fault: Fault { what, location: "the worker".into(), remedy, recoverable: false, settings: Vec::new() }, memory }
}

/// Whether a trap is that of an allocation that failed: such a program ends without a word of its own.
fn exhausted(text: &str) -> bool {
    let text = text.to_lowercase();
    ["unreachable", "out of memory", "memory access out of bounds", "allocation"].iter().any(|word| text.contains(word))
}

fn unloaded(text: &str, probes: &[Probe], forbidden: Option<&str>) -> (String, String) {
    let policy =
        ["content security policy", "unsafe-eval", "blocked by csp"].iter().any(|word| text.to_lowercase().contains(word));
    if let Some(directive) = forbidden.or(policy.then_some("script-src")) {
        return (
            format!("The worker may not start: this site's content security policy ({directive}) forbids it."),
            format!("Ask whoever runs the site to allow it, with this policy or a wider one: {POLICY}."),
        );
    }
    if let Some((what, remedy)) = probes.iter().find_map(problem) {
        return (what, remedy.into());
    }
    if text.contains("CompileError") || text.contains("WebAssembly") {
        return (
            format!("This browser cannot run the worker's program: {}.", text.trim_end_matches('.')),
            "Use a browser from 2023 or later: it must know WebAssembly with SIMD.".into(),
        );
    }
    let said = if text.is_empty() { "the browser does not say why" } else { text.trim_end_matches('.') };
    (
        format!("The worker did not start: {said}."),
        "Reload the page. If it happens again, switch off extensions that block scripts, or use another browser.".into(),
    )
}

/// What is wrong with an answer and what to do about it, if anything is.
fn problem(Probe { file, status, kind }: &Probe) -> Option<(String, &'static str)> {
    const UPDATED: &str = "The site has probably been updated since this page was opened, or only a part of it is there: reload the page. \
                           If it happens again, put the whole folder `dist` on the site.";
    let name = file.rsplit('/').next().unwrap_or(file);
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    match status {
        0 => Some((
            format!(
                "A part of the worker could not be fetched ({name}): the network is down, or something in the browser blocks it."
            ),
            "Check the connection and extensions that block scripts, then reload the page.",
        )),
        404 | 410 => Some((format!("A part of the worker is missing on this site ({name}, status {status})."), UPDATED)),
        400.. => Some((format!("The site refuses a part of the worker ({name}, status {status})."), UPDATED)),
        _ if kind == "text/html" => {
            Some((format!("The site sends a web page in place of a part of the worker ({name})."), UPDATED))
        }
        _ if name.ends_with(".js") && !kind.contains("javascript") && !kind.contains("ecmascript") => Some((
            format!(
                "The site sends a part of the worker ({name}) as {kind:?} instead of text/javascript, so the browser refuses it."
            ),
            "Ask whoever runs the site to send programs as text/javascript, then reload the page.",
        )),
        _ => None,
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1 << 30 { format!("{} MiB", bytes >> 20) } else { format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(file: &str, status: u16, kind: &str) -> Probe {
        Probe { file: format!("./{file}"), status, kind: kind.into() }
    }

    fn load(text: &str, probes: Vec<Probe>) -> Death {
        Death::Load { text: text.into(), probes }
    }

    /// Each way in which a site can fail to deliver the worker is told apart, with a next action, and none is taken for exhausted memory.
    #[test]
    fn a_worker_that_cannot_be_loaded_says_why() {
        let loader = "augsphere-worker-1a_loader.js";
        let cases = [
            (load("", vec![probe(loader, 404, "text/plain")]), None, "missing", "reload"),
            (load("", vec![probe(loader, 503, "text/plain")]), None, "status 503", "reload"),
            (load("", vec![probe(loader, 200, "text/html; charset=utf-8")]), None, "web page", "reload"),
            (load("", vec![probe(loader, 200, "text/plain")]), None, "text/javascript", "reload"),
            (load("", vec![probe(loader, 200, "")]), None, "text/javascript", "reload"),
            (load("", vec![probe(loader, 0, "")]), None, "network", "reload"),
            (load("", vec![probe(loader, 200, "text/javascript")]), Some("worker-src"), "worker-src", "wasm-unsafe-eval"),
            (
                load("CompileError: call to WebAssembly.compile blocked by Content Security Policy", vec![]),
                None,
                "policy",
                "wasm-unsafe-eval",
            ),
            (
                load("CompileError: wasm validation error", vec![probe(loader, 200, "text/javascript")]),
                None,
                "cannot run",
                "SIMD",
            ),
            (load("", vec![probe(loader, 200, "application/javascript")]), None, "did not start", "extensions"),
            (
                load("bad magic", vec![probe("w.js", 200, "text/javascript"), probe("w_bg.wasm", 200, "text/html")]),
                None,
                "w_bg.wasm",
                "reload",
            ),
        ];
        for (death, forbidden, what, remedy) in cases {
            let Failure { fault, memory } = failure(&death, forbidden);
            assert!(fault.what.contains(what), "{death:?}: {}", fault.what);
            assert!(fault.remedy.contains(remedy), "{death:?}: {}", fault.remedy);
            assert!(!fault.recoverable && memory.is_none() && fault.what.ends_with('.'), "{}", fault.what);
        }
    }

    /// A wasm program whose allocation fails traps without a word: that is named, with what it had, and not blamed on the device.
    #[test]
    fn exhausted_memory_is_named() {
        let death = Death::Trap { text: "RuntimeError: unreachable".into(), memory: 4_294_901_760 };
        let Failure { fault, memory } = failure(&death, None);
        assert!(fault.what.contains("run out of memory") && fault.what.contains("4.0 GiB"), "{}", fault.what);
        assert!(fault.remedy.contains("batch") && !fault.remedy.contains("CPU"), "{}", fault.remedy);
        assert_eq!(memory, Some(4_294_901_760));
        let death = Death::Trap { text: "RuntimeError: integer divide by zero".into(), memory: 4_294_901_760 };
        assert_eq!(failure(&death, None).memory, None);
        let death = Death::Panic { text: "index out of range".into() };
        assert_eq!(failure(&death, None).memory, None);
    }
}
