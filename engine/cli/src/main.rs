//! Which task does a person ask of the laboratory in a terminal?

mod arguments;
mod clock;
mod distance;
mod experiment;
mod failure;
mod folder;
mod lab;
mod listing;
mod output;
mod policy;
mod presets;
mod progress;
mod record;
mod run;
mod stop;

use arguments::{Arguments, Task};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A mistake in the arguments ends here, with clap's exit code 2.
    let arguments = Arguments::parse();
    let done = match arguments.task {
        Task::Run(request) => run::run(&request),
        Task::Catalogue { json } => listing::catalogue(json),
        Task::Distance(request) => distance::distance(&request),
        Task::Policies => listing::policies(),
        Task::Presets { name } => listing::presets(name.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::tell(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}
