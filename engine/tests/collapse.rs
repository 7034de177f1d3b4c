//! Does a method collapse when the part that holds it up is taken away, and only then?
//!
//! Each run trains soundly for 60 steps; then the part is taken away, or it is left alone. 32x32 would change the numbers, not
//! the story: 8x8 pixels and an embedding of 16 dimensions keep this to seconds.

mod tiny;

use augsphere_spec::{Change, DeviceChoice, Experiment, Value};
use tiny::{begun, faults, measures, play, tiny};

/// Steps before the change, and in all.
const SOUND: u64 = 60;
const ALL: i64 = 260;

fn experiment(settings: &[(&str, Value)], change: Option<(&str, Value)>) -> Experiment {
    let base = [
        ("data.train", Value::Int(256)),
        ("data.validation", Value::Int(64)),
        ("data.test", Value::Int(16)),
        ("projector.hidden", Value::Int(32)),
        ("projector.dimension", Value::Int(16)),
        ("projector.output_norm", Value::Bool(false)),
        ("optimiser.kind", Value::from("adam")),
        ("optimiser.learning_rate", Value::Float(0.005)),
        ("train.steps", Value::Int(ALL)),
        ("train.batch", Value::Int(32)),
        ("train.schedule", Value::from("constant")),
        ("measures.cadence.every", Value::Int(20)),
        ("measures.cadence.images", Value::Int(64)),
    ];
    let mut all = base.to_vec();
    all.extend(settings.iter().cloned());
    let mut experiment = tiny(&all);
    experiment.changes = change.into_iter().map(|(path, value)| Change { at: SOUND, path: path.into(), value }).collect();
    experiment
}

/// The named measure at [`SOUND`] and at the end.
fn fall(experiment: Experiment, name: &str) -> (f32, f32) {
    let (mut session, _) = begun(experiment, DeviceChoice::Cpu);
    let events = play(&mut session);
    assert_eq!(faults(&events), []);
    let values: Vec<(u64, f32)> = measures(&events)
        .into_iter()
        .map(|(step, scalars)| (step, scalars.iter().find(|scalar| scalar.name == name).expect("it is measured").value))
        .collect();
    let at = |wanted: u64| values.iter().find(|(step, _)| *step == wanted).expect("it is measured then").1;
    (at(SOUND), at(ALL as u64))
}

/// 1/sqrt(16) is an even spread over 16 channels: a sound run keeps half of it, a collapsed one a tenth of what it had.
#[track_caller]
fn collapses_only_without(settings: &[(&str, Value)], path: &str, without: Value, share: f32) {
    let (_, kept) = fall(experiment(settings, None), "std");
    assert!(kept > 0.125, "sound, it keeps its spread: {kept}");
    let (before, after) = fall(experiment(settings, Some((path, without.clone()))), "std");
    assert!(before > 0.125, "it was sound before: {before}");
    assert!(after < share * before, "{path} = {without}: from {before} to {after}");
    let (before, after) = fall(experiment(settings, Some((path, without.clone()))), "uniformity");
    assert!(after > before / 2.0 && after > -0.75, "{path} = {without}: uniformity rises towards 0, from {before} to {after}");
}

#[test]
fn simsiam_collapses_without_its_stop_gradient() {
    collapses_only_without(
        &[("method.kind", "simsiam".into()), ("projector.output_norm", false.into())],
        "target.kind",
        "shared".into(),
        0.2,
    );
}

#[test]
fn byol_collapses_without_its_predictor() {
    collapses_only_without(&[("method.kind", "byol".into())], "predictor.kind", "none".into(), 0.5);
}

#[test]
fn alignment_alone_collapses() {
    collapses_only_without(&[("method.kind", "alignment_uniformity".into())], "method.uniform", Value::Float(0.0), 0.2);
}

/// Huang et al. 2021, section 4.1: the simple loss only asks for a mean of zero, which two opposite points have. Its spread
/// stays, its rank goes; NT-Xent keeps both.
#[test]
fn the_linear_loss_with_a_momentum_target_loses_its_rank() {
    let settings = |method: &str| [("method.kind", Value::from(method)), ("target.kind", "momentum".into())];
    let (_, simclr) = fall(experiment(&settings("simclr"), None), "effective_rank");
    let (_, linear) = fall(experiment(&settings("linear"), None), "effective_rank");
    assert!(linear < 0.7 * simclr, "effective rank {linear} against {simclr}");
}
