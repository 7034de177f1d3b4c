//! The tables of a benchmark: rows for a page, Markdown to paste.

use crate::bench::{BenchReport, DeviceBench, MachineFacts, StepBench};
use crate::quantities::{bytes, duration};

/// What the rows of a table say, from left to right.
pub const COLUMNS: [&str; 6] = ["measured", "time", "rate", "share", "launches / submits / read-backs", "memory"];

/// How the figures are taken.
const METHOD: &str = "A step is SimCLR's: both views of random 32x32x3 images that are already on the device forward, NT-Xent, backward, SGD, the \
loss read back after each; the median of up to 40, of 10 where they are long, after a warm-up. All in 32 bits. Shares are of the device's own rate of matrix \
multiplication (two operations for each multiplication and addition of the network, backwards counted twice), those of views of its memory \
rate.";

/// Added where there is a GPU.
const COUNTS: &str =
    " Launches, submits and read-backs are those of a step as a run takes it, which reads several losses at once.";

/// Everything: a heading for the machine, a table for each device, and how it was measured.
pub fn markdown(report: &BenchReport) -> String {
    let mut parts = vec![heading(&report.machine), facts(report)];
    parts.extend(report.devices.iter().flat_map(|found| [format!("### {}", title(found)), device(found)]));
    parts.push(method(report));
    parts.join("\n\n")
}

/// How the figures were taken.
pub fn method(report: &BenchReport) -> String {
    let gpu = report.devices.iter().any(|found| found.kind != "cpu");
    [METHOD, if gpu { COUNTS } else { "" }].concat()
}

fn heading(machine: &MachineFacts) -> String {
    format!("## {}", if machine.cpu.is_empty() { "A machine" } else { &machine.cpu })
}

/// What it ran on, how and when, in a sentence.
pub fn facts(report: &BenchReport) -> String {
    let machine = &report.machine;
    let cores = machine.cores.map(|cores| counted(cores, "core"));
    let memory = machine.memory_bytes.map(|size| format!("{} of memory", bytes(size)));
    let words = [cores, Some(counted(machine.threads, "thread")), memory, Some(machine.system.clone())];
    let words: Vec<String> = words.into_iter().flatten().collect();
    let how = match (&machine.browser, report.quick) {
        (Some(browser), quick) => format!("the page{} in {browser}, version", if quick { ", a first look," } else { "" }),
        (None, true) => "`augsphere bench --quick`".into(),
        (None, false) => "`augsphere bench`".into(),
    };
    let mut line = format!("{}; {how} {}, {}", words.join(", "), machine.version, date(&machine.date));
    if let Some(load) = machine.load {
        let busy = if load > 0.5 { ": other programs were computing, the figures are lower than they could be" } else { "" };
        line += &format!("; load {load:.1} at the start{busy}");
    }
    if let Some(peak) = machine.peak_memory_bytes {
        line += &format!("; the program took at most {}", bytes(peak));
    }
    if report.stopped {
        line += "; **stopped by hand before its end**";
    }
    line + "."
}

/// `20261121T193503Z` as `2026-11-21`.
fn date(stamp: &str) -> String {
    match (stamp.get(..4), stamp.get(4..6), stamp.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => stamp.to_owned(),
    }
}

/// The name of a device, and whether it is one in software.
pub fn title(found: &DeviceBench) -> String {
    let mark = if found.software { " (in software: for correctness, not for speed)" } else { "" };
    let backend = if found.backend == found.name { String::new() } else { format!(", {}", found.backend) };
    format!("{}{backend}{mark}", found.name)
}

fn device(found: &DeviceBench) -> String {
    let gpu = found.kind != "cpu";
    let mut rows = vec![COLUMNS.map(str::to_owned), ["---", "---:", "---:", "---:", "---:", "---:"].map(str::to_owned)];
    rows.extend(self::rows(found));
    let line = |cells: &[String; 6]| {
        let kept = cells.iter().enumerate().filter(|(at, _)| gpu || *at != 4).map(|(_, cell)| cell.as_str());
        format!("| {} |", kept.collect::<Vec<_>>().join(" | "))
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The rows of a device's table, below [`COLUMNS`].
pub fn rows(found: &DeviceBench) -> Vec<[String; 6]> {
    let row = |what: &str, time: Option<f64>, rate: String, share: Option<String>| {
        [what.to_owned(), time.map(seconds).unwrap_or_default(), rate, share.unwrap_or_default(), String::new(), String::new()]
    };
    let mut rows = vec![row("self-test", None, self_test(found), None)];
    if let Some(rate) = found.gemm_gflops {
        let what = format!("matrix multiplication, {0} x {0} x {0}", found.gemm_side);
        rows.push(row(&what, None, gflops(rate), None));
    }
    if let Some(rate) = found.memory_gb_per_s {
        rows.push(row("memory, sum of two arrays", None, format!("{} GB/s", figure(rate)), None));
    }
    if let Some(time) = found.read_back_seconds {
        rows.push(row("reading one number back", Some(time), String::new(), None));
    }
    let left_out = |of_steps: bool| {
        let left = found.left_out.iter().filter(move |left| left.what.starts_with("a step of") == of_steps);
        left.map(|left| row(left.what.trim_start_matches("a "), None, format!("left out: {}", left.reason), None))
    };
    rows.extend(found.rows.iter().map(step));
    rows.extend(left_out(true));
    if let Some(first) = found.first_step_seconds {
        rows.push(row("first step of the first network, its making included", Some(first), String::new(), None));
    }
    if let Some(rate) = found.views_per_second {
        let share = found.views_share_of_memory.map(|share| format!("{} of memory", percent(share)));
        rows.push(row("views, SimCLR's five augmentations", None, format!("{} views/s", figure(rate)), share));
    }
    if let Some(rate) = found.distance_gflops {
        let what = format!("augmented distances of {} images, {} views each", found.distance_images, found.distance_views);
        rows.push(row(&what, found.distance_seconds, gflops(rate), found.distance_share_of_gemm.map(percent)));
    }
    if let Some(rate) = found.knn_gflops {
        let host = if found.software { ", on the CPU" } else { "" };
        let [bank, queries] = [found.knn_bank, found.knn_queries].map(|count| thousands(count as f64));
        let what = format!("kNN, {queries} queries among {bank} x {}{host}", found.knn_width);
        rows.push(row(&what, found.knn_seconds, gflops(rate), found.knn_share_of_gemm.map(percent)));
    }
    rows.extend(left_out(false));
    rows
}

fn self_test(found: &DeviceBench) -> String {
    let test = &found.self_test;
    match (&test.error, test.failed.as_slice()) {
        (Some(error), _) => format!("cannot be used: {error}"),
        (None, []) if test.compared == 0 => "what the others are compared with".into(),
        (None, []) => format!("passed, {} checks", test.compared),
        (None, failed) => format!("FAILED: {}", failed.join(", ")),
    }
}

fn step(row: &StepBench) -> [String; 6] {
    let counts = [row.dispatches, row.submits, row.read_backs].map(|count| count.map_or("-".into(), figure));
    let few = if row.steps < 3 { format!(" ({} only)", counted(row.steps, "step")) } else { String::new() };
    [
        format!("step of {}, {} images", row.encoder, row.batch),
        format!("{}{few}", seconds(row.ms / 1e3)),
        format!("{} images/s", figure(row.images_per_second)),
        row.share_of_gemm.map(percent).unwrap_or_default(),
        if row.dispatches.is_some() { counts.join(" / ") } else { String::new() },
        bytes(row.memory_bytes),
    ]
}

fn counted(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

fn gflops(rate: f64) -> String {
    format!("{} GFLOP/s", figure(rate))
}

fn percent(share: f64) -> String {
    format!("{} %", figure(100.0 * share))
}

fn seconds(time: f64) -> String {
    if time < 1.0 { format!("{} ms", figure(1e3 * time)) } else { duration(time as f32) }
}

/// Three digits that count, and commas: `182,000`, `84.6`, `2.51`, `0.013`.
fn figure(value: f64) -> String {
    match value {
        100.0.. => thousands(value),
        10.0..100.0 => format!("{value:.1}"),
        1.0..10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{LeftOut, SelfTestResult};

    #[test]
    fn figures_are_short() {
        assert_eq!([182_204.0, 999.6, 84.57, 2.5, 0.0134].map(figure), ["182,204", "1,000", "84.6", "2.50", "0.013"]);
        assert_eq!([0.0025, 12.0].map(seconds), ["2.50 ms", "12 s"]);
    }

    #[test]
    fn a_table_marks_software_and_says_what_is_missing() {
        let row =
            StepBench { encoder: "tiny".into(), batch: 32, ms: 2.5, steps: 40, dispatches: Some(90.0), ..StepBench::default() };
        let cpu = DeviceBench {
            name: "CPU".into(),
            kind: "cpu".into(),
            backend: "CPU".into(),
            rows: vec![row],
            ..DeviceBench::default()
        };
        let left = LeftOut { what: "views".into(), reason: "the device was lost before".into() };
        let self_test = SelfTestResult { passed: true, compared: 39, ..SelfTestResult::default() };
        let name = "lavapipe".to_owned();
        let gpu = DeviceBench { name, kind: "gpu".into(), software: true, self_test, left_out: vec![left], ..cpu.clone() };
        let machine =
            MachineFacts { cpu: "A processor".into(), threads: 1, date: "20261121T193503Z".into(), ..MachineFacts::default() };
        let text = markdown(&BenchReport { quick: true, stopped: false, machine, devices: vec![gpu, cpu] });
        assert!(text.starts_with("## A processor\n\n1 thread, "), "{text}");
        assert!(text.contains("2026-11-21") && text.contains("bench --quick"), "{text}");
        assert!(text.contains("### lavapipe, CPU (in software") && text.contains("passed, 39 checks"), "{text}");
        assert!(text.contains("| views |  | left out: the device was lost before |"), "{text}");
        assert!(text.contains("| 90.0 / - / - |"), "{text}");
        let cpu = text.split("### CPU").nth(1).expect("a table of its own");
        assert!(cpu.contains("| step of tiny, 32 images | 2.50 ms |") && !cpu.contains("90.0"), "{cpu}");
        assert!(text.trim_end().ends_with("several losses at once."), "{text}");
        let widths = |table: &str| {
            table.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count()).collect::<Vec<_>>()
        };
        assert!(widths(cpu).iter().all(|width| *width == 6), "{cpu}");
    }
}
