//! The wish to stop that Ctrl-C and the polite signals of batch systems are.

use crate::failure::Failure;
use crate::output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish to stop, raised by Ctrl-C or a termination signal.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on: the first signal is a wish, the second ends the program at once with exit code 130.
    ///
    /// A signal that whoever started the program had ignored (`nohup`, a shell's `&`) stays ignored.
    ///
    /// # Errors
    /// If the system refuses the handler.
    pub fn listen() -> Result<Self, Failure> {
        let wish = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&wish);
        let handler = move || {
            if raised.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
            output::tell("\nStopping as soon as what is under way allows it, and writing everything; once more ends at once.");
        };
        signals::listen(handler).map_err(|error| Failure::Failed(format!("could not listen for Ctrl-C: {error}")))?;
        Ok(Self(wish))
    }

    /// Whether a stop was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(unix)]
mod signals {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXCPU, SIGXFSZ};
    use signal_hook::iterator::Signals;
    use std::io;
    use std::process::{Command, Stdio};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    /// Calls `handler` at each Ctrl-C, hang-up, termination and end of the allotted time.
    pub fn listen(handler: impl Fn() + Send + 'static) -> io::Result<()> {
        let left_alone = |signal: &i32| [SIGHUP, SIGINT].contains(signal) && ignored(*signal);
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGXCPU].iter().filter(|signal| !left_alone(signal)))?;
        std::thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(|_| handler()))?;
        // A limit on the size of files is an error of the one write that meets it, not the end of the program.
        signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        Ok(())
    }

    /// Whether the program was started with this signal ignored.
    fn ignored(signal: i32) -> bool {
        match std::fs::read_to_string("/proc/self/status") {
            Ok(status) => ignored_by_status(&status, signal),
            Err(_) => ignored_by_children(signal),
        }
    }

    /// As Linux tells it: a mask in which the lowest bit is signal 1.
    fn ignored_by_status(status: &str, signal: i32) -> bool {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    }

    /// Elsewhere a shell is asked, which inherits what is ignored: it survives the signal that it sends itself.
    fn ignored_by_children(signal: i32) -> bool {
        let command = format!("kill -{signal} $$; exit 0");
        let shell = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).stderr(Stdio::null()).status();
        shell.is_ok_and(|status| status.success())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_mask_of_linux_is_read_from_its_lowest_bit() {
            let status = "Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
            assert!(ignored_by_status(status, SIGHUP) && !ignored_by_status(status, SIGINT));
            assert!(!ignored_by_status("Name:\tx\n", SIGHUP));
        }

        #[test]
        fn a_shell_does_not_survive_a_signal_that_is_not_ignored() {
            assert!(!ignored_by_children(SIGTERM));
        }
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    /// Calls `handler` at each Ctrl-C.
    pub fn listen(handler: impl Fn() + Send + 'static) -> io::Result<()> {
        ctrlc::set_handler(handler).map_err(io::Error::other)
    }
}
