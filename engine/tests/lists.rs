//! Does everything that can be chosen work, and does the catalogue describe it truly?
//!
//! These tests walk the lists: what is added to one is tested without a line here.

mod numbers;
mod tiny;

use augsphere_engine::catalogue;
use augsphere_engine::losses::Views;
use augsphere_engine::methods::{self, Branches, Labels, Level, Method};
use augsphere_spec::{Catalogue, Choice, Command, DeviceChoice, Experiment, Knob, KnobKind, Value};
use burn::tensor::{Device, Tensor};
use numbers::{near, noise, tensor, tracked, values};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tiny::{begun, faults, handle, losses, measures, tiny};

/// Two steps of an experiment; every number that is told is finite.
fn two_steps(experiment: Experiment, what: &str) {
    let (mut session, mut events) = begun(experiment, DeviceChoice::Cpu);
    events.extend(handle(&mut session, Command::Step));
    events.extend(handle(&mut session, Command::Step));
    let losses = losses(&events);
    assert_eq!(losses.len(), 2, "{what}: {events:?}");
    assert!(losses.iter().all(|(_, loss)| loss.is_finite()), "{what}: {losses:?}");
    let measures = measures(&events);
    assert!(measures.iter().flat_map(|(_, scalars)| scalars).all(|scalar| scalar.value.is_finite()), "{what}: {measures:?}");
}

/// Every card of every section from which one is chosen, from its defaults. Archives are tested with the data sets.
#[test]
fn every_choice_takes_two_finite_steps_from_its_defaults() {
    for section in catalogue().sections.iter().filter(|section| !section.all && section.cards.len() > 1) {
        for card in section.cards.iter().filter(|card| card.knob("path").is_none()) {
            let what = format!("{}.kind = {}", section.name, card.name);
            let mut changes = vec![(format!("{}.kind", section.name), Value::from(card.name.as_str()))];
            // Small enough for a test.
            let small = [("data", "train", 64), ("data", "test", 32), ("data", "side", 8), ("encoder", "width", 8)];
            let fits = |knob: &str, value: i64| {
                let kind = card.knob(knob).map(|knob| &knob.kind);
                matches!(kind, Some(KnobKind::Int { min, max }) if (*min..=*max).contains(&value))
            };
            changes.extend(
                small
                    .iter()
                    .filter(|(of, knob, value)| *of == section.name && fits(knob, *value))
                    .map(|(of, knob, value)| (format!("{of}.{knob}"), Value::Int(*value))),
            );
            let changes: Vec<(&str, Value)> = changes.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
            two_steps(tiny(&changes), &what);
        }
    }
}

/// Every option of every knob with a few names, and both ends of every switch.
#[test]
fn every_option_takes_two_finite_steps() {
    let catalogue = catalogue();
    for section in catalogue.sections.iter().filter(|section| section.name != "data") {
        for card in &section.cards {
            for knob in &card.knobs {
                let values: Vec<Value> = match &knob.kind {
                    KnobKind::Choice { options } => options.iter().map(|option| Value::from(option.as_str())).collect(),
                    KnobKind::Bool => vec![Value::Bool(false), Value::Bool(true)],
                    _ => continue,
                };
                for value in values {
                    let path = if section.all {
                        format!("{}.{}.{}", section.name, card.name, knob.name)
                    } else {
                        format!("{}.{}", section.name, knob.name)
                    };
                    let kind = format!("{}.kind", section.name);
                    let mut changes = vec![(path.as_str(), value.clone())];
                    if !section.all && section.cards.len() > 1 {
                        changes.insert(0, (kind.as_str(), Value::from(card.name.as_str())));
                    }
                    two_steps(tiny(&changes), &format!("{path} = {value}"));
                }
            }
        }
    }
}

/// Each augmentation by itself, always applied; the others never.
#[test]
fn every_augmentation_takes_two_finite_steps_alone() {
    let catalogue = catalogue();
    let augmentations = &catalogue.section("augment").expect("augmentations").cards;
    for alone in augmentations {
        let with = |card: &augsphere_spec::Card| {
            card.knob("probability")
                .map(|_| (format!("augment.{}.probability", card.name), f64::from(u8::from(card.name == alone.name))))
        };
        let changes: Vec<(String, f64)> = augmentations.iter().filter_map(with).collect();
        let changes: Vec<(&str, Value)> = changes.iter().map(|(path, value)| (path.as_str(), Value::Float(*value))).collect();
        two_steps(tiny(&changes), &alone.name);
    }
}

/// The smallest and the largest value of every knob of augmentations, methods and optimisers: one step gives a number.
/// (Learning rate and weight decay at their largest are the subject of the trainer's tests.)
#[test]
fn both_ends_of_every_slider_give_a_number() {
    let catalogue = catalogue();
    let absurd = ["learning_rate", "weight_decay", "trust"];
    for section in catalogue.sections.iter().filter(|section| ["augment", "method", "optimiser"].contains(&section.name.as_str()))
    {
        for card in &section.cards {
            for knob in card.knobs.iter().filter(|knob| !absurd.contains(&knob.name.as_str())) {
                let KnobKind::Float { min, max, .. } = knob.kind else { continue };
                for end in [min, max] {
                    let path = if section.all {
                        format!("{}.{}.{}", section.name, card.name, knob.name)
                    } else {
                        format!("{}.{}", section.name, knob.name)
                    };
                    let mut changes = vec![(path.clone(), Value::Float(end))];
                    // A range keeps its order: the other end goes along.
                    for (of, other) in [("_min", "_max"), ("_max", "_min")] {
                        if let Some(stem) = path.strip_suffix(of).filter(|_| card.knob(&knob.name.replace(of, other)).is_some()) {
                            changes.push((format!("{stem}{other}"), Value::Float(end)));
                        }
                    }
                    if !section.all && section.cards.len() > 1 {
                        changes.insert(0, (format!("{}.kind", section.name), Value::from(card.name.as_str())));
                    }
                    let changes: Vec<(&str, Value)> =
                        changes.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
                    let (mut session, _) = begun(tiny(&changes), DeviceChoice::Cpu);
                    let events = handle(&mut session, Command::Step);
                    assert!(losses(&events).len() == 1, "{path} = {end}: {events:?}");
                }
            }
        }
    }
}

/// Each method with what it needs beside two embeddings: mean views, a classifier's outputs and classes.
fn branches(online: [Tensor<2>; 2], method: &dyn Method) -> Branches {
    let needs = method.needs();
    let mut branches = Branches::shared(online);
    let [first, second] = branches.online.halves();
    if needs.mean_view.is_some() {
        branches.mean_view = Some((first.clone() + second.clone()) / 2.0);
    }
    if needs.classifier.is_some() {
        let rows = first.dims()[0];
        // Three classes: the embedding itself stands for the classifier's outputs.
        branches.logits = Some([first, second]);
        branches.labels = Some(Labels { rows: (0..rows).collect(), classes: (0..rows).map(|row| row % 3).collect(), count: 3 });
    }
    branches
}

fn all_methods() -> impl Iterator<Item = (Choice, Box<dyn Method>)> {
    let section = catalogue().section("method").expect("methods").clone();
    section.cards.into_iter().map(|card| {
        let choice = Choice { kind: card.name.clone(), knobs: card.defaults() };
        let method = methods::build(&choice, 0, 64);
        (choice, method)
    })
}

/// The two terms of every method add up to a loss whose gradient with respect to the raw embeddings is that of central
/// differences. Surrogates of written-down gradients are constants in their coefficients and are tested by themselves.
/// Step 1/128 in 32 bits: rounding of about 3e-5 and curvature of about 6e-5, so 3e-3 of the largest derivative.
#[test]
fn every_methods_gradient_is_that_of_finite_differences() {
    let device = Device::flex();
    let (rows, d, step) = (6, 3, 1.0 / 128.0);
    // PiCO's keys count as constants wherever they come from; its own test gives it keys of another encoder.
    let written_down = ["unigrad", "gradient_b", "gradient_g", "gradient_h", "gradient_j", "pico"];
    for (choice, method) in all_methods().filter(|(choice, _)| !written_down.contains(&choice.kind.as_str())) {
        let loss = |online: [Tensor<2>; 2]| method.loss(&branches(online, method.as_ref()), &choice.knobs).terms.total();
        let start = [noise(rows * d, 11), noise(rows * d, 12)];
        let leaves = start.clone().map(|z| tracked(&z, [rows, d], &device));
        let gradients = loss(leaves.clone()).backward();
        for side in 0..2 {
            let moved = |at: usize, by: f32| {
                let mut z = start.clone();
                z[side][at] += by;
                f64::from(values(loss(z.map(|z| tensor(&z, [rows, d], &device))))[0])
            };
            let expected: Vec<f64> =
                (0..rows * d).map(|at| (moved(at, step) - moved(at, -step)) / (2.0 * f64::from(step))).collect();
            let found = leaves[side].grad(&gradients).map_or_else(|| vec![0.0; rows * d], values);
            near(&found, &expected, 3e-3, 1e-6, &format!("{}, view {}", choice.kind, side + 1));
        }
    }
}

/// No gradient reaches a target that counts as a constant, and the trained branch still gets one.
#[test]
fn a_stopped_target_gets_no_gradient() {
    let device = Device::flex();
    for (choice, method) in all_methods().filter(|(_, method)| !method.needs().frozen) {
        let online = [21, 22].map(|seed| tracked(&noise(18, seed), [6, 3], &device));
        let stopped = [23, 24].map(|seed| tracked(&noise(18, seed), [6, 3], &device));
        let mut branches = branches(online.clone(), method.as_ref());
        branches.target = Views::from(stopped.clone().map(Tensor::detach));
        branches.negatives = branches.target.clone();
        let gradients = method.loss(&branches, &choice.knobs).terms.total().backward();
        let reached = stopped.iter().any(|z| z.grad(&gradients).is_some());
        assert!(!reached, "{}: a gradient reaches the target", choice.kind);
        let found: Vec<f32> = online.iter().filter_map(|z| z.grad(&gradients)).flat_map(values).collect();
        assert!(found.iter().any(|value| value.abs() > 1e-6), "{}: no gradient reaches the trained branch", choice.kind);
    }
}

/// At collapse the loss of a method is the level that its chart draws for collapse or chance.
#[test]
fn every_methods_chance_level_is_its_loss_at_collapse() {
    let device = Device::flex();
    for (choice, method) in all_methods() {
        let z = || tensor(&[0.3, -0.4, 1.2].repeat(6), [6, 3], &device);
        let loss = values(method.loss(&branches([z(), z()], method.as_ref()), &choice.knobs).terms.total())[0];
        // A queue that starts at random is no chance level; what it is at collapse is tested with the queue.
        let said = |level: &Level| {
            (level.words.starts_with("chance:") || level.words.contains("equal") || level.words.contains("at collapse"))
                && !method.levels(6, &choice.knobs).iter().any(|level| level.words.contains("queue"))
        };
        for level in method.levels(6, &choice.knobs).iter().filter(|level| said(level)) {
            near(&[loss], &[level.value], 1e-5, 1.0, &format!("{}: {}", choice.kind, level.words));
        }
    }
}

/// What a method suits exists and is allowed, what it refuses exists, and it can be combined with what it suits.
#[test]
fn every_card_suits_and_refuses_what_there_is() {
    let catalogue = catalogue();
    for section in catalogue.sections.iter().filter(|section| !section.all) {
        for card in &section.cards {
            let experiment = catalogue.base(&[(&section.name, &card.name)]);
            let again = catalogue.read(&catalogue.write(&experiment));
            assert_eq!(again.as_ref(), Ok(&experiment), "{} with its own defaults", card.name);
            for (path, value) in &card.implies {
                assert_eq!(
                    experiment.get(path).as_ref(),
                    Some(value),
                    "{} implies {path} = {value}, which is not there",
                    card.name
                );
            }
            for conflict in &card.conflicts {
                let refused = catalogue.with(&experiment, &[(conflict.path.clone(), conflict.value.clone())]);
                let mistakes = refused.map(|_| ()).expect_err("what is refused cannot be read");
                assert!(mistakes.0.iter().all(|mistake| mistake.what.contains(&conflict.why)), "{}: {mistakes}", card.name);
            }
        }
    }
}

/// Every method takes a step with every target branch that it does not refuse, and with a predictor where it may have one.
#[test]
fn every_method_takes_steps_with_every_target_it_allows() {
    let catalogue = catalogue();
    for card in &catalogue.section("method").expect("methods").cards {
        for target in &catalogue.section("target").expect("targets").cards {
            let start = tiny(&[("method.kind", card.name.as_str().into())]);
            if catalogue.conflict(&start, "target.kind", &target.name.as_str().into()).is_some() {
                continue;
            }
            let experiment = tiny(&[("method.kind", card.name.as_str().into()), ("target.kind", target.name.as_str().into())]);
            let (mut session, _) = begun(experiment, DeviceChoice::Cpu);
            for _ in 0..2 {
                let events = handle(&mut session, Command::Step);
                assert_eq!(faults(&events), [], "{} with {}", card.name, target.name);
                assert_eq!(losses(&events).len(), 1, "{} with {}", card.name, target.name);
            }
        }
    }
}

fn allowed(knob: &Knob, value: &Value) -> bool {
    match &knob.kind {
        KnobKind::Float { min, max, .. } => value.as_float().is_some_and(|value| (*min..=*max).contains(&value)),
        KnobKind::Int { min, max } => value.as_int().is_some_and(|value| (*min..=*max).contains(&value)),
        KnobKind::Bool => value.as_bool().is_some(),
        KnobKind::Choice { options } => value.as_text().is_some_and(|value| options.iter().any(|option| option == value)),
        KnobKind::Text => value.as_text().is_some(),
    }
}

/// People read these: nothing is nameless, named twice or without a sentence, and every default lies within its bounds.
#[test]
fn cards_are_complete() {
    let mut sections = BTreeSet::new();
    for section in &catalogue().sections {
        assert!(sections.insert(section.name.clone()), "{} twice", section.name);
        assert!(!section.cards.is_empty() && !section.title.is_empty() && section.help.ends_with(['.', '?']), "{}", section.name);
        let mut cards = BTreeSet::new();
        for card in &section.cards {
            let here = format!("{}.{}", section.name, card.name);
            assert!(cards.insert(&card.name), "{here} twice");
            assert!(!card.title.is_empty() && card.summary.ends_with('.'), "{here}: {:?}", card.summary);
            let mut knobs = BTreeSet::new();
            for knob in &card.knobs {
                let here = format!("{here}.{}", knob.name);
                assert!(knobs.insert(&knob.name), "{here} twice");
                assert!(
                    knob.name != "kind" && knob.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                    "{here}"
                );
                assert!(!knob.title.is_empty() && knob.help.ends_with('.'), "{here}: {:?}", knob.help);
                assert!(allowed(knob, &knob.default), "{here}: default {} is out of bounds", knob.default);
                if let KnobKind::Float { min, log: true, .. } = knob.kind {
                    assert!(min >= 0.0, "{here}: a logarithmic slider from {min}");
                }
            }
        }
    }
}

#[test]
fn the_default_experiment_reads_back_from_its_own_text() {
    let catalogue = catalogue();
    let experiment = catalogue.default_experiment();
    assert_eq!(catalogue.read_toml(&catalogue.write_toml(&experiment)), Ok(experiment.clone()));
    assert_eq!(catalogue.read_json(&catalogue.write(&experiment).to_string()), Ok(experiment.clone()));
    assert_eq!(catalogue.read_toml(""), Ok(experiment.clone()));
    assert_eq!(catalogue.difference(&experiment), []);
    assert_eq!(augsphere_spec::decode::<Experiment>(&augsphere_spec::encode(&experiment).expect("it packs")), Ok(experiment));
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets")
}

/// Row (e) of UniGrad's table 1 is UniGrad. It was a method of its own once: old files, links and planned changes go on.
#[test]
fn the_former_gradient_e_is_read_as_unigrad() {
    let catalogue = catalogue();
    assert!(catalogue.section("method").is_some_and(|section| section.card("gradient_e").is_none()), "it is not listed twice");
    let text = |kind: &str| {
        format!("[method]\nkind = \"{kind}\"\nlambda = 10.0\nrho = 0.9\n[target]\nkind = \"momentum\"\nmomentum = 0.95")
    };
    let old = catalogue.read_toml(&text("gradient_e")).expect("an old experiment is read");
    assert_eq!(Ok(&old), catalogue.read_toml(&text("unigrad")).as_ref());
    assert!(catalogue.write_toml(&old).contains("\"unigrad\""), "and written by its present name");
    let changed = catalogue.with(&catalogue.default_experiment(), &[("method.kind".into(), "gradient_e".into())]);
    assert_eq!(changed.expect("it may be changed to").get("method.kind"), Some("unigrad".into()));
    let planned = "[[changes]]\nat = 3\npath = \"target.kind\"\nvalue = \"momentum\"\n\
        [[changes]]\nat = 3\npath = \"method.kind\"\nvalue = \"gradient_e\"\n";
    assert_eq!(catalogue.read_toml(planned).map(|experiment| experiment.changes.len()), Ok(2), "an old plan");
}

#[test]
fn presets_read_without_mistakes() {
    let catalogue = catalogue();
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(assets().join("presets")).expect("presets") {
        let path = entry.expect("a preset").path();
        let text = std::fs::read_to_string(&path).expect("a preset is text");
        let experiment = catalogue.read_toml(&text).unwrap_or_else(|mistakes| panic!("{}: {mistakes}", path.display()));
        assert_eq!(
            Some(experiment.name.as_str()),
            path.file_stem().and_then(|stem| stem.to_str()),
            "a preset is named as its file"
        );
        assert_eq!(catalogue.read_toml(&catalogue.write_toml(&experiment)), Ok(experiment.clone()));
        names.insert(experiment.name);
    }
    assert!(names.is_superset(&["shapes-simclr".to_owned(), "cifar10-simclr".to_owned()].into()), "{names:?}");
}

/// The page is built with a copy of the catalogue.
#[test]
fn the_pages_catalogue_is_the_engines() {
    let text =
        std::fs::read_to_string(assets().join("catalogue.json")).expect("assets/catalogue.json is there: run `make catalogue`");
    let kept: Catalogue = serde_json::from_str(&text).expect("assets/catalogue.json is a catalogue: run `make catalogue`");
    let ours = catalogue();
    let stale = |section: &&augsphere_spec::Section| kept.section(&section.name) != Some(section);
    let names: Vec<&str> = ours.sections.iter().filter(stale).map(|section| section.name.as_str()).collect();
    assert!(names.is_empty(), "assets/catalogue.json is out of date in {names:?}: run `make catalogue`");
    assert!(kept == ours, "assets/catalogue.json is out of date: run `make catalogue`");
}
