//! What a run leaves in its folder on the way and at its end.

use super::Run;
use crate::failure::Failure;
use crate::folder::SUMMARY;
use crate::outcome::Ending;
use augsphere_spec::archive::{ENCODER, HEADER};
use std::time::{Duration, Instant};

/// Unless somebody says how often, weights and checkpoints are kept after measures, and at least this often.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// Keeping them may take one part in so many of the time.
const KEEP_SHARE: u32 = 33;

/// What is in the run folder of the network.
pub(super) struct Kept {
    /// After so many steps.
    step: u64,
    at: Instant,
    /// What it took to keep it.
    cost: Duration,
}

impl Kept {
    /// What has just been kept, for nothing.
    pub(super) fn now(step: u64) -> Self {
        Self { step, at: Instant::now(), cost: Duration::ZERO }
    }
}

impl Run {
    /// Whether the network should be kept now. Not while measures of a step that is taken are missing.
    pub(super) fn keeping_is_due(&self, measured: bool) -> bool {
        if self.engine.measuring() {
            return false;
        }
        match (self.every, &self.kept) {
            (Some(every), _) => self.is_beyond(every),
            (None, None) => true,
            (None, Some(kept)) => {
                let since = kept.at.elapsed();
                since >= kept.cost * KEEP_SHARE && (measured || since >= KEEP_EVERY)
            }
        }
    }

    /// Whether a multiple of `every` steps was reached since something was kept.
    pub(super) fn is_beyond(&self, every: u64) -> bool {
        self.kept.as_ref().is_none_or(|kept| self.outcome.step / every > kept.step / every)
    }

    /// Puts the weights, a checkpoint and the header into the folder, in place of earlier ones, if every number is finite. The checkpoint comes
    /// after everything that a run which goes on from it has behind it.
    pub(super) fn keep(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        self.keep_weights()?;
        let checkpoint = self.engine.checkpoint()?;
        self.folder.checkpoint(&checkpoint.bytes)?;
        self.write_header()?;
        self.kept = Some(Kept { cost: begun.elapsed(), ..Kept::now(checkpoint.step) });
        self.dirty = false;
        Ok(())
    }

    /// Puts the weights alone into the folder.
    fn keep_weights(&mut self) -> Result<(), Failure> {
        let weights = self.engine.weights()?;
        self.folder.write(ENCODER, &weights.bytes)?;
        if let Some(warning) = self.folder.warning().filter(|_| self.kept.is_none()) {
            self.say(&format!("warning: {warning}"));
        }
        self.kept = Some(Kept::now(weights.step));
        Ok(())
    }

    /// Writes what is known of the run beside its numbers.
    pub(super) fn write_header(&mut self) -> Result<(), Failure> {
        self.header.step = self.outcome.step;
        self.header.seconds = self.outcome.seconds;
        self.folder.write(HEADER, self.header.write().as_bytes())
    }

    /// Writes the last weights, the last checkpoint and the summary; the summary comes last, so that where it is, everything is.
    ///
    /// # Errors
    /// A disk that refuses; weights that are not finite.
    pub fn finish(&mut self, failure: Option<&Failure>) -> Result<(), Failure> {
        let saved = match failure {
            // What the disk refused is missing, so nothing may say that all is there.
            Some(Failure::Disk(_)) => return Ok(()),
            // Those that were measured last, if they can still be had; those that were kept on the way otherwise.
            Some(_) => match self.keep_weights().and_then(|()| self.write_header()) {
                Err(Failure::Disk(_)) => return Ok(()),
                _ => Ok(()),
            },
            None if self.dirty => self.keep(),
            None => Ok(()),
        };
        if let Err(Failure::Disk(_)) = saved {
            return saved;
        }
        let ending = Ending {
            stopped: !self.is_over() && failure.is_none(),
            weights_at_step: self.kept.as_ref().map_or(0, |kept| kept.step),
            fault: failure.or(saved.as_ref().err()).map(ToString::to_string),
            wall_seconds: self.start.elapsed().as_secs_f64(),
        };
        let summary = serde_json::to_string_pretty(&self.outcome.summary(&self.experiment, &ending));
        let summary = summary.map_err(|error| Failure::Failed(format!("could not write the summary as JSON: {error}")))?;
        self.folder.write(SUMMARY, format!("{summary}\n").as_bytes())?;
        saved
    }
}
