//! Signs of life: whether the worker starts, answers, and since when it does not.

use augsphere_spec::Fault;

/// How long a worker may take to start, milliseconds.
pub const START: f64 = 10_000.0;
/// How long a worker may be silent when asked for a sign of life, milliseconds.
pub const PATIENCE: f64 = 10_000.0;
/// How often it is asked, milliseconds.
pub const PULSE: f64 = 2_000.0;
/// Between two ticks of a page that is awake there are fewer milliseconds than this.
const ASLEEP: f64 = 5_000.0;

/// How a worker is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Life {
    /// It was started, at this time, and has not said that it listens.
    Opening {
        /// Milliseconds.
        since: f64,
    },
    /// It listens.
    Up {
        /// The number of the last sign of life that was asked for.
        ping: u32,
        /// When it was asked for, milliseconds.
        asked: f64,
        /// When the oldest was asked for that nothing has been heard since.
        waiting: Option<f64>,
        /// Until when it said that it would be busy.
        busy: f64,
    },
    /// There is none.
    Down,
}

impl Life {
    /// It listens, from `now` on.
    pub fn up(now: f64) -> Self {
        Self::Up { ping: 0, asked: now, waiting: None, busy: now }
    }

    /// Whether there is a worker that listens, or soon will.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Up { .. })
    }

    /// Something was heard.
    pub fn hear(&mut self) {
        if let Self::Up { waiting, .. } = self {
            *waiting = None;
        }
    }

    /// It will be busy for a while.
    pub fn busy(&mut self, now: f64, seconds: f32) {
        if let Self::Up { busy, .. } = self {
            *busy = now + 1000.0 * f64::from(seconds.clamp(0.0, 3600.0));
        }
    }

    /// Time passed since `before`. The number of a sign of life to ask for, if it is time.
    pub fn tick(&mut self, before: f64, now: f64) -> Option<u32> {
        let slept = if now - before > ASLEEP { now - before } else { 0.0 };
        match self {
            // While the page slept nothing could be heard.
            Self::Opening { since } => *since += slept,
            Self::Up { ping, asked, waiting, busy } => {
                if slept > 0.0 {
                    *waiting = waiting.map(|since| since + slept);
                    *busy += slept;
                }
                if now - *asked >= PULSE {
                    (*ping, *asked) = (ping.wrapping_add(1), now);
                    waiting.get_or_insert(now);
                    return Some(*ping);
                }
            }
            Self::Down => {}
        }
        None
    }

    /// What is wrong, if it has been silent for too long.
    pub fn silence(self, now: f64) -> Option<Fault> {
        let fault = |what: String, remedy: &str| {
            Some(Fault { what, location: "the engine".into(), remedy: remedy.into(), recoverable: true, settings: Vec::new() })
        };
        match self {
            Self::Opening { since } if now - since >= START => fault(
                format!("The engine has not started within {:.0} seconds.", (now - since) / 1000.0),
                "It may still be on its way over a slow network: wait, or restart it. If that does not help, reload the page.",
            ),
            Self::Up { waiting: Some(since), busy, .. } if now - since.max(busy) >= PATIENCE => fault(
                format!("The engine does not answer since {:.0} seconds.", (now - since) / 1000.0),
                "Wait if the experiment is large, or restart it; what was measured stays on the page.",
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(life: &mut Life, from: f64, to: f64) -> Vec<u32> {
        let mut now = from;
        let mut pings = Vec::new();
        while now < to {
            pings.extend(life.tick(now, now + 1000.0));
            now += 1000.0;
        }
        pings
    }

    #[test]
    fn a_worker_that_answers_is_never_silent() {
        let mut life = Life::up(0.0);
        for second in 0..120 {
            let now = f64::from(second) * 1000.0;
            if life.tick(now, now + 1000.0).is_some() {
                life.hear();
            }
            assert_eq!(life.silence(now + 1000.0), None);
        }
    }

    #[test]
    fn silence_is_noticed_within_seconds_and_over_with_the_first_word() {
        let mut life = Life::up(0.0);
        assert_eq!(pass(&mut life, 0.0, 6000.0), [1, 2, 3]);
        assert_eq!(life.silence(11_900.0), None);
        assert!(life.silence(12_000.0).is_some_and(|fault| fault.what.contains("10 seconds")));
        life.hear();
        assert_eq!(life.silence(12_000.0), None);
    }

    #[test]
    fn who_says_that_it_is_busy_is_waited_for() {
        let mut life = Life::up(0.0);
        life.busy(0.0, 30.0);
        pass(&mut life, 0.0, 39_000.0);
        assert_eq!(life.silence(39_000.0), None);
        assert!(life.silence(40_000.0).is_some());
    }

    #[test]
    fn a_page_that_slept_does_not_blame_the_worker() {
        let mut life = Life::up(0.0);
        pass(&mut life, 0.0, 3000.0);
        life.tick(3000.0, 600_000.0);
        assert_eq!(life.silence(600_000.0), None);
        let mut opening = Life::Opening { since: 0.0 };
        opening.tick(1000.0, 600_000.0);
        assert_eq!(opening.silence(600_000.0), None);
        assert!(opening.silence(610_000.0).is_some());
    }
}
