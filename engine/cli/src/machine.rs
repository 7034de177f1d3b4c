//! The machine that the program runs on, as far as the system says.

use crate::{clock, engine};
use augsphere_spec::MachineFacts;
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// What is known at this moment.
pub fn facts() -> MachineFacts {
    let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
    MachineFacts {
        cpu: field(&processors, "model name").map_or_else(name_elsewhere, str::to_owned),
        cores: cores(&processors),
        threads: engine::threads(),
        memory_bytes: kibibytes("/proc/meminfo", "MemTotal").or_else(|| said("sysctl", &["-n", "hw.memsize"])?.parse().ok()),
        peak_memory_bytes: None,
        browser: None,
        system: system(),
        version: env!("CARGO_PKG_VERSION").into(),
        date: clock::stamp(SystemTime::now()),
        load: read_to_string("/proc/loadavg").ok().and_then(|text| text.split(' ').next()?.parse().ok()),
    }
}

/// Most bytes that the program has taken so far, where the system says.
pub fn peak_memory() -> Option<u64> {
    kibibytes("/proc/self/status", "VmHWM")
}

/// What stands behind a name and a colon, the first time.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
    text.lines().find_map(value)
}

/// A line `Name:   123 kB` of a file, in bytes.
fn kibibytes(path: &str, name: &str) -> Option<u64> {
    let text = read_to_string(path).ok()?;
    field(&text, name)?.split(' ').next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Different cores among the processors of Linux, two of which may be threads of one.
fn cores(processors: &str) -> Option<usize> {
    let known: BTreeSet<_> =
        processors.split("\n\n").filter_map(|one| Some((field(one, "physical id")?, field(one, "core id")?))).collect();
    if known.is_empty() { said("sysctl", &["-n", "hw.physicalcpu"])?.parse().ok() } else { Some(known.len()) }
}

/// The processor's name where there is no `/proc`.
fn name_elsewhere() -> String {
    let named = said("sysctl", &["-n", "machdep.cpu.brand_string"]).or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok());
    named.unwrap_or_else(|| std::env::consts::ARCH.into())
}

fn system() -> String {
    let release = read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"').to_owned());
    let kernel = read_to_string("/proc/sys/kernel/osrelease").ok().map(|kernel| format!("Linux {}", kernel.trim()));
    let words: Vec<String> = [name, kernel].into_iter().flatten().collect();
    if words.is_empty() { format!("{} {}", std::env::consts::OS, std::env::consts::ARCH) } else { words.join(", ") }
}

/// What a program of the system says, if there is one.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    if cfg!(target_os = "linux") {
        return None;
    }
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    let words = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_of_a_core_are_one_core() {
        let processor = |core: u32| format!("processor\t: 0\nmodel name\t: A: fast one\nphysical id\t: 0\ncore id\t\t: {core}\n");
        let listed = [0, 0, 1, 1].map(processor).join("\n");
        assert_eq!((cores(&listed), field(&listed, "model name")), (Some(2), Some("A: fast one")));
    }
}
