//! The program `augsphere`: one task a call.

mod arguments;
mod bench;
mod clock;
mod devices;
mod distance;
mod engine;
mod experiment;
mod failure;
mod figure;
mod folder;
mod listing;
mod machine;
mod output;
mod policy;
mod presets;
mod progress;
mod protocol;
mod record;
mod run;
mod stop;
mod text;
mod toy;

use arguments::{Arguments, Task};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A mistake in the arguments ends here, with clap's exit code 2.
    let arguments = Arguments::parse();
    let done = match arguments.task {
        Task::Run(request) => run::run(&request),
        Task::Bench(request) => bench::bench(&request),
        Task::Catalogue { json } => listing::catalogue(json),
        Task::Devices(request) => devices::devices(&request),
        Task::Distance(request) => distance::distance(&request),
        Task::Figure(request) => figure::figure(&request),
        Task::Policies => listing::policies(),
        Task::Presets { name } => listing::presets(name.as_deref()),
        Task::Toy(request) => toy::toy(&request),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::tell(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}
