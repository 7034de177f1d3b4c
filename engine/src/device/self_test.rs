//! A comparison of a device with the CPU, operation by operation.
//!
//! A shader that fails validation is only logged by browsers, drivers return zeros for products of certain sizes, and memory that
//! was used before looks like a result: so the numbers are asked.

use super::cases::{self, Case};
use crate::readback::read;
use burn::tensor::{Device, Tensor};
use serde::Serialize;

/// One operation beside the CPU.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What was computed.
    pub name: String,
    /// On which sizes.
    pub shape: String,
    /// The largest difference, in units of the root mean square of the right numbers; infinite if something is missing or not a number.
    /// JSON has no word for that: `null`.
    pub worst: f32,
    /// What it may be.
    pub tolerance: f32,
    /// Whether it is no more.
    pub passed: bool,
}

/// Operations that are read back together: a read-back may take 100 ms in a browser.
const TOGETHER: usize = 12;

/// Runs every operation of the engine, its own kernels forwards and backwards among them, on a device and on the CPU; `quick` with smaller shapes, for adapters in
/// software, which would take minutes for the others.
///
/// # Errors
/// What the device says when it fails altogether.
pub async fn self_test(device: &Device, quick: bool) -> Result<Vec<Check>, String> {
    let cases = cases::cases(quick);
    let mut checks = Vec::with_capacity(cases.len());
    for group in cases.chunks(TOGETHER) {
        spoil(device);
        let ours = answers(group, device).await?;
        let reference = answers(group, &Device::flex()).await?;
        let pairs = group.iter().zip(ours.into_iter().zip(reference));
        checks.extend(pairs.map(|(case, (ours, reference))| check(case, &ours, &reference)));
    }
    Ok(checks)
}

/// What failed, in words; nothing if all passed.
pub(super) fn verdict(checks: &[Check]) -> Option<String> {
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.passed).collect();
    let first = failed.first()?;
    let more =
        if failed.len() > 1 { format!(", and {} more of {} checks fail", failed.len() - 1, checks.len()) } else { String::new() };
    let Check { name, shape, worst, .. } = first;
    Some(format!("{name} ({shape}) differs from the CPU by {worst:.1e} of its size{more}"))
}

/// Fills memory that the results may land in with what cannot be one, so that a kernel that writes nothing is found out.
fn spoil(device: &Device) {
    for numbers in [1 << 10, 1 << 14, 1 << 18, 1 << 20] {
        drop(Tensor::<1>::full([numbers], -1e30, device));
    }
}

/// The parts of each case's answer.
async fn answers(group: &[Case], device: &Device) -> Result<Vec<Vec<Vec<f32>>>, String> {
    let parts: Vec<Vec<Tensor<1>>> = group.iter().map(|case| (case.run)(device)).collect();
    let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
    let mut values = read(parts.into_iter().flatten().collect()).await?.into_iter();
    Ok(lengths.into_iter().map(|length| values.by_ref().take(length).collect()).collect())
}

fn check(case: &Case, ours: &[Vec<f32>], reference: &[Vec<f32>]) -> Check {
    let worst = if ours.len() == reference.len() {
        ours.iter().zip(reference).map(|(ours, reference)| distance(ours, reference)).fold(0.0, f32::max)
    } else {
        f32::INFINITY
    };
    let (name, shape, tolerance) = (case.name.to_owned(), case.shape.clone(), case.tolerance);
    Check { name, shape, worst, tolerance, passed: worst <= tolerance }
}

/// The largest difference over the root mean square of the right numbers. Infinite where right numbers are all zero: an operation
/// that does nothing could not be told from one that works.
fn distance(ours: &[f32], reference: &[f32]) -> f32 {
    let squares: f64 = reference.iter().map(|value| f64::from(*value).powi(2)).sum();
    let size = (squares / reference.len().max(1) as f64).sqrt() as f32;
    if ours.len() != reference.len() || size <= 0.0 || size.is_nan() {
        return f32::INFINITY;
    }
    let gaps = ours.iter().zip(reference).map(|(ours, right)| (ours - right).abs() / size);
    gaps.fold(0.0, |worst, gap| if gap.is_nan() { f32::INFINITY } else { worst.max(gap) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_old_results_and_what_is_not_a_number_are_noticed() {
        let right: Vec<f32> = (0..2048).map(|at| ((at * 37) % 101) as f32 / 50.0 - 1.0).collect();
        assert_eq!(distance(&right, &right), 0.0);
        let with = |change: &dyn Fn(&mut Vec<f32>)| {
            let mut wrong = right.clone();
            change(&mut wrong);
            distance(&wrong, &right)
        };
        assert!(with(&|wrong| wrong.fill(0.0)) > 1.0);
        assert!(with(&|wrong| wrong.fill(-1e-9)) > 1.0, "near zero");
        assert!(with(&|wrong| wrong[500..].fill(0.0)) > 1.0, "the rows from the five hundredth on");
        assert!(with(&|wrong| wrong.rotate_left(1)) > 0.1, "results of something else");
        assert!(with(&|wrong| wrong[7] = f32::NAN).is_infinite());
        assert!(with(&|wrong| wrong.truncate(2047)).is_infinite(), "one is missing");
        assert!(with(&|wrong| wrong[7] += 0.01) > 0.01, "one of 2048");
        assert!(distance(&[0.0; 4], &[0.0; 4]).is_infinite(), "what is all zero proves nothing");
    }

    #[test]
    fn a_failed_check_is_said_with_its_size() {
        let check = |passed, worst| Check { name: "product".into(), shape: "512 x 512".into(), worst, tolerance: 0.0, passed };
        assert_eq!(verdict(&[check(true, 0.0)]), None);
        let said = verdict(&[check(true, 0.0), check(false, 1.0), check(false, f32::INFINITY)]).expect("two fail");
        assert_eq!(said, "product (512 x 512) differs from the CPU by 1.0e0 of its size, and 1 more of 3 checks fail");
    }

    #[test]
    fn the_cpu_agrees_with_itself_in_every_case_and_no_right_answer_is_zero() {
        for quick in [true, false] {
            let checks = pollster::block_on(self_test(&Device::flex(), quick)).expect("runs");
            assert!(checks.len() > 20);
            for check in checks {
                assert!(check.passed && check.worst == 0.0, "{check:?}");
            }
        }
    }
}
