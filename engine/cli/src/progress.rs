//! What a person sees of a run that is getting on: a bar on a terminal, lines elsewhere; always on standard error.

use crate::outcome::Outcome;
use crate::output;
use augsphere_spec as spec;
use augsphere_spec::duration;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Without a terminal, the longest silence between two lines.
const SILENCE: Duration = Duration::from_secs(5);

/// Without a terminal, work that takes no longer than this is not spoken of.
const BRIEF: Duration = Duration::from_secs(2);

const STEPS: &str = "{bar:24} {pos}/{len} steps  {wide_msg}  {eta} left";
const WORK: &str = "{bar:24} {pos}/{len}  {wide_msg}";
const UNKNOWN: &str = "{spinner} {wide_msg}";

/// How far something has come, for a person.
pub struct Progress {
    bar: Option<ProgressBar>,
    /// The last step.
    steps: u64,
    template: &'static str,
    /// When the last line was written.
    last: Instant,
}

impl Progress {
    /// Progress towards `steps` steps.
    pub fn new(steps: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(steps));
        Self { bar, steps, template: "", last: Instant::now() }
    }

    /// A sentence, kept above the bar.
    pub fn say(&self, words: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::tell(words)),
            None => output::tell(words),
        }
    }

    /// Where the run stands; `measured` if there are new measures worth a line.
    pub fn show(&mut self, outcome: &Outcome, measured: bool) {
        self.style(STEPS, self.steps);
        match &self.bar {
            Some(bar) => {
                bar.set_position(outcome.step);
                bar.set_message(numbers(outcome));
            }
            None if measured || self.last.elapsed() >= SILENCE => {
                output::tell(&format!("step {}/{}  {}", outcome.step, self.steps, numbers(outcome)));
                self.last = Instant::now();
            }
            None => {}
        }
    }

    /// Where something other than the training stands, such as a measure.
    pub fn work(&mut self, work: &spec::Progress) {
        self.style(if work.total == 0 { UNKNOWN } else { WORK }, work.total);
        match &self.bar {
            Some(bar) => {
                bar.set_position(work.done);
                bar.set_message(format!("{}{}", work.what, left(work.seconds_left)));
                bar.tick();
            }
            None if self.last.elapsed() >= BRIEF => {
                output::tell(&in_words(work));
                self.last = Instant::now();
            }
            None => {}
        }
    }

    fn style(&mut self, template: &'static str, length: u64) {
        let Some(bar) = &self.bar else { return };
        if self.template != template
            && let Ok(style) = ProgressStyle::with_template(template)
        {
            bar.set_style(style);
            bar.reset_eta();
            self.template = template;
        }
        bar.set_length(length);
    }

    /// Takes the bar away; lines stay.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn in_words(work: &spec::Progress) -> String {
    let far = if work.total == 0 { String::new() } else { format!(": {} of {}", work.done, work.total) };
    format!("{}{far}{}", work.what, left(work.seconds_left))
}

fn left(seconds: Option<f32>) -> String {
    seconds.map_or(String::new(), |seconds| format!(", about {} left", duration(seconds)))
}

/// The newest numbers, those that there are.
fn numbers(outcome: &Outcome) -> String {
    let mut words = Vec::new();
    if let Some(loss) = outcome.loss {
        words.push(format!("loss {loss:.3}"));
    }
    for (name, title, digits) in
        [("knn_accuracy", "kNN", 3), ("alignment", "alignment", 3), ("uniformity", "uniformity", 3), ("std", "std", 3)]
    {
        if let Some(value) = outcome.measures.get(name) {
            words.push(format!("{title} {value:.digits$}"));
        }
    }
    if outcome.pace > 0.0 {
        words.push(format!("{:.0} images/s", outcome.pace));
    }
    words.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_with_what_is_known_of_it() {
        let work = |total, seconds_left| spec::Progress { what: "Measuring".into(), done: 512, total, seconds_left };
        assert_eq!(in_words(&work(8068, Some(12.3))), "Measuring: 512 of 8068, about 12 s left");
        assert_eq!(in_words(&work(0, None)), "Measuring");
    }
}
