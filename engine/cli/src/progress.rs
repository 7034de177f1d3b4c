//! How does a person see that a run is getting on?

use crate::output;
use crate::record::Record;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Without a terminal, the longest silence between two lines.
const SILENCE: Duration = Duration::from_secs(5);

/// A bar on a terminal, lines elsewhere; always on standard error.
pub enum Progress {
    /// On a terminal.
    Bar(ProgressBar),
    /// In a file or a pipe.
    Lines {
        /// The last step.
        total: u64,
        /// When the last line was written.
        last: Instant,
    },
}

impl Progress {
    /// Progress towards `total` steps.
    pub fn new(total: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { total, last: Instant::now() };
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} steps  {wide_msg}  {eta} left") {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    /// A sentence, kept above the bar.
    pub fn say(&self, words: &str) {
        match self {
            Self::Bar(bar) => bar.suspend(|| output::tell(words)),
            Self::Lines { .. } => output::tell(words),
        }
    }

    /// Where the run stands; `measured` if there are new measures worth a line.
    pub fn show(&mut self, record: &Record, measured: bool) {
        match self {
            Self::Bar(bar) => {
                bar.set_position(record.step);
                bar.set_message(numbers(record));
            }
            Self::Lines { total, last } => {
                if measured || last.elapsed() >= SILENCE {
                    output::tell(&format!("step {}/{total}  {}", record.step, numbers(record)));
                    *last = Instant::now();
                }
            }
        }
    }

    /// Takes the bar away; lines stay.
    pub fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// The newest numbers, those that there are.
fn numbers(record: &Record) -> String {
    let mut words = Vec::new();
    if let Some(loss) = record.loss {
        words.push(format!("loss {loss:.3}"));
    }
    for (name, title, digits) in
        [("knn_accuracy", "kNN", 3), ("alignment", "alignment", 3), ("uniformity", "uniformity", 3), ("std", "std", 3)]
    {
        if let Some(value) = record.measures.get(name) {
            words.push(format!("{title} {value:.digits$}"));
        }
    }
    if record.pace > 0.0 {
        words.push(format!("{:.0} images/s", record.pace));
    }
    words.join("  ")
}
