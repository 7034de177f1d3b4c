//! Words for the person, on standard error and standard output; a closed pipe ends no run.

use crate::failure::Failure;
use std::io::{ErrorKind, Write};

/// A line for the person, on standard error. Nobody listening is no reason to fail.
pub fn tell(line: &str) {
    let _unheard = writeln!(std::io::stderr(), "{line}");
}

/// The result, on standard output. A reader that has gone away (`| head`) ends it quietly.
///
/// # Errors
/// Anything else that keeps the result from being written, such as a full disk behind a redirection.
pub fn result(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("could not write the result to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
