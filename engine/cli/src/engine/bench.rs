//! The engine's benchmark as the terminal drives it.

use super::{AdapterKind, DeviceRequest, listed};
use crate::failure::{Failure, describe};
use augsphere_engine::bench::{Bench, Scope};
use augsphere_engine::device::{self, ComputeDevice};
use augsphere_engine::{bench, block_on};
use augsphere_spec::{DeviceBench, Event};
use std::time::Duration;

/// Between two looks at the wish to stop.
const BUDGET: Duration = Duration::from_millis(50);

/// Which devices are measured.
pub enum Measured {
    /// The one that a run would take.
    One(DeviceRequest),
    /// Every adapter, then the CPU; or those that a number or a part of a name fits.
    All(Option<String>),
}

/// How much of each.
#[derive(Clone, Copy)]
pub struct Amount {
    /// Whether it is the short one.
    pub quick: bool,
    /// Seconds for a device, if not the usual ones.
    pub seconds: Option<f64>,
}

impl Amount {
    fn scope(self) -> Scope {
        let scope = if self.quick { Scope::quick() } else { Scope::full() };
        let seconds = self.seconds.unwrap_or(scope.seconds);
        Scope { seconds, ..scope }
    }
}

/// Threads that the engine computes with.
pub fn threads() -> usize {
    bench::threads()
}

/// Measures devices one after the other; `tell` hears what begins, and `stop` is asked between two pieces.
///
/// # Errors
/// A device that was asked for by name and is not there, or cannot be used.
pub fn benchmark(
    measured: &Measured,
    amount: Amount,
    tell: &mut dyn FnMut(&str),
    stop: &dyn Fn() -> bool,
) -> Result<Vec<DeviceBench>, Failure> {
    let one = match measured {
        Measured::All(wanted) => {
            let mut found = Vec::new();
            for info in listed(wanted.as_deref())? {
                if stop() {
                    break;
                }
                if info.kind != AdapterKind::Cpu {
                    tell(&format!("Testing {}", info.name));
                }
                found.push(match block_on(device::examine(&info)) {
                    Ok(opened) => measure(opened, amount.scope(), tell, stop),
                    Err(fault) => bench::unopened(&info, fault.what),
                });
            }
            return Ok(found);
        }
        Measured::One(request) => request,
    };
    let opened = block_on(device::open(one.choice, one.adapter.as_deref()));
    let opened = opened.map_err(|fault| Failure::Usage(describe(&fault)))?;
    tell(&format!("Measuring {} ({})", opened.report.name, opened.report.reason));
    Ok(vec![measure(opened, amount.scope(), tell, stop)])
}

fn measure(opened: ComputeDevice, scope: Scope, tell: &mut dyn FnMut(&str), stop: &dyn Fn() -> bool) -> DeviceBench {
    let name = opened.report.name.clone();
    let mut bench = Bench::new(opened, scope);
    let mut last = String::new();
    while !stop() {
        let more = block_on(bench.advance(BUDGET));
        for event in bench.events() {
            match event {
                Event::Progress(progress) if progress.what != last => {
                    tell(&format!("{name}: {}", progress.what));
                    last = progress.what;
                }
                _ => {}
            }
        }
        if !more {
            break;
        }
    }
    bench.report()
}
