//! What this machine's devices do in a second: a table to paste, or JSON.

use crate::arguments::BenchArguments;
use crate::engine;
use crate::failure::Failure;
use crate::stop::Stop;
use crate::{machine, output};
use augsphere_spec::{BenchReport, bench_table};

/// Measures the devices that were asked for, and prints what was found; after Ctrl-C what there is by then.
///
/// # Errors
/// A device that is not there or cannot be used; standard output that cannot be written.
pub fn bench(arguments: &BenchArguments) -> Result<(), Failure> {
    let stop = Stop::listen()?;
    let mut machine = machine::facts();
    let devices = engine::benchmark(&arguments.devices(), arguments.amount(), &mut output::tell, &|| stop.asked())?;
    machine.peak_memory_bytes = machine::peak_memory();
    let report = BenchReport { quick: arguments.quick, stopped: stop.asked(), machine, devices };
    if arguments.json {
        let line = serde_json::to_string(&report);
        return output::result(&line.map_err(|error| Failure::Failed(format!("could not write the result as JSON: {error}")))?);
    }
    output::result(&bench_table::markdown(&report))
}
