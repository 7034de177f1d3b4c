//! The program `augsphere`: one task a call.

mod arguments;
mod bench;
mod clock;
mod compare;
mod devices;
mod distance;
mod embed;
mod engine;
mod eval;
mod experiment;
mod failure;
mod figure;
mod folder;
mod import;
mod kept;
mod listing;
mod machine;
mod outcome;
mod output;
mod pack;
mod policy;
mod presets;
mod progress;
mod protocol;
mod run;
mod runs;
mod source;
mod stop;
mod table;
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
        Task::Resume(request) => run::resume(&request),
        Task::Runs(request) => runs::runs(&request),
        Task::Compare(request) => compare::compare(&request),
        Task::Eval(request) => eval::eval(&request),
        Task::Embed(request) => embed::embed(&request),
        Task::Export(request) => pack::export(&request),
        Task::Import(request) if pack::is_archive(&request.file) => pack::import(&request),
        Task::Import(request) => import::import(&request),
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
