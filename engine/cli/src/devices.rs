//! The devices that can compute, each with a numeric self-test beside the CPU.

use crate::arguments::DevicesArguments;
use crate::engine::{self, AdapterKind, Examined, Verdict};
use crate::failure::Failure;
use crate::output;
use serde_json::{Value as Json, json};

/// Lists the devices, in words or as JSON.
///
/// # Errors
/// No device of the name that was given; standard output that cannot be written.
pub fn devices(arguments: &DevicesArguments) -> Result<(), Failure> {
    let examined = engine::examine(arguments.adapter.as_deref(), &mut |name| output::tell(&format!("Testing {name}")))?;
    let auto = engine::automatic();
    if arguments.json {
        let devices: Vec<Json> = examined.iter().map(in_json).collect();
        return output::result(&json!({ "devices": devices, "auto": auto }).to_string());
    }
    let mut lines: Vec<String> = examined.iter().flat_map(in_words).collect();
    if let Some(auto) = auto {
        lines.push(format!("--device auto takes {} ({})", auto.name, auto.reason));
    }
    output::result(&lines.join("\n"))
}

fn in_json(Examined { info, verdict }: &Examined) -> Json {
    let mut line = json!({
        "index": info.index,
        "name": info.name,
        "kind": info.device,
        "hardware": info.kind,
        "backend": info.backend,
        "driver": info.driver,
        "software": info.kind == AdapterKind::Software,
        "max_binding": info.max_binding,
    });
    line["self_test"] = match verdict {
        Verdict::Reference => json!({ "passed": true, "checks": [] }),
        Verdict::Failed(why) => json!({ "passed": false, "error": why, "checks": [] }),
        Verdict::Tested(checks) => json!({ "passed": checks.iter().all(|check| check.passed), "checks": checks }),
    };
    line
}

fn in_words(Examined { info, verdict }: &Examined) -> Vec<String> {
    let driver = if info.driver.is_empty() { String::new() } else { format!(", driver {}", info.driver) };
    let mut lines = vec![format!("{info}{driver}")];
    match verdict {
        Verdict::Reference => lines.push("   what the others are compared with".into()),
        Verdict::Failed(why) => lines.push(format!("   cannot be used: {why}")),
        Verdict::Tested(checks) => {
            let failed = checks.iter().filter(|check| !check.passed).count();
            lines.push(match failed {
                0 => format!("   self-test passed: {} checks; the worst difference of each, and what it may be", checks.len()),
                _ => format!("   self-test FAILED: {failed} of {} checks; it is not used", checks.len()),
            });
            lines.extend(checks.iter().map(|check| {
                let mark = if check.passed { "ok  " } else { "FAIL" };
                format!("     {mark} {:.1e} of {:.1e}  {} ({})", check.worst, check.tolerance, check.name, check.shape)
            }));
        }
    }
    lines
}
