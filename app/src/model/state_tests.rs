use super::*;
use augsphere_spec::{Catalogue, Change, ClassTable, Experiment, Scalar, Thumbnails, Value};

fn catalogue() -> Catalogue {
    serde_json::from_str(crate::CATALOGUE).unwrap()
}

fn began() -> Event {
    let data = DatasetReport {
        kind: "shapes".into(),
        title: "Shapes".into(),
        classes: ClassTable::default(),
        train: 20,
        validation: 2,
        test: 2,
        side: 1,
    };
    Event::Began {
        run: RunId(1),
        experiment: catalogue().default_experiment(),
        data,
        encoder_weights: 10,
        projector_weights: 5,
        labels: vec![0, 1],
        images: Thumbnails { side: 1, rgba: vec![0; 8] },
        levels: vec![("loss".into(), 5.54, "chance".into())],
        resumed: None,
    }
}

fn steps(step: u64, loss: f32) -> Event {
    Event::Steps {
        step,
        seconds: 1.0,
        images_per_second: 100.0,
        losses: vec![(step, vec![Scalar { name: "loss".into(), value: loss }])],
    }
}

fn fold(events: impl IntoIterator<Item = Event>) -> State {
    let mut state = State { catalogue: Some(Arc::new(catalogue())), ..State::default() };
    events.into_iter().for_each(|event| state.apply(event));
    state
}

#[test]
fn a_run_counts_steps_and_starts_again_at_zero() {
    let mut state = fold([began(), steps(1, 5.0), steps(2, 4.0)]);
    assert_eq!((state.step(), state.latest("loss")), (2, Some(4.0)));
    state.apply(began());
    assert_eq!((state.step(), state.latest("loss"), state.runs), (0, None, 2));
}

#[test]
fn news_before_a_run_are_not_lost_on_a_wrong_one() {
    let state = fold([steps(3, 1.0)]);
    assert_eq!((state.step(), state.run), (0, None));
}

fn changed(step: u64, path: &str, value: Value, before: &Experiment) -> Event {
    let mut experiment = catalogue().with(before, &[(path.to_owned(), value.clone())]).unwrap();
    experiment.changes.clone_from(&before.changes);
    experiment.changes.push(Change { at: step, path: path.to_owned(), value: value.clone() });
    Event::Changed {
        change: None,
        step,
        path: path.to_owned(),
        value,
        experiment,
        levels: vec![("loss".into(), 1.5, "another".into())],
    }
}

#[test]
fn a_change_reaches_the_running_experiment_its_levels_and_the_marks() {
    let value = Value::Float(0.33);
    let one = changed(1, "method.temperature", value.clone(), &catalogue().default_experiment());
    let state = fold([began(), steps(1, 5.0), one]);
    let run = state.run.unwrap();
    assert_eq!(run.experiment.get("method.temperature"), Some(value.clone()));
    assert_ne!(run.began.get("method.temperature"), Some(value));
    assert_eq!(run.levels, [("loss".to_owned(), 1.5, "another".to_owned())]);
    let said: Vec<String> = run.marks.iter().map(Mark::sentence).collect();
    assert_eq!((said, run.changed, run.by_hand), (vec!["Step 1: Temperature 0.33".to_owned()], 1, true));
    let again = run.replay(&catalogue());
    assert_eq!((again.changes.len(), again.changes[0].at, &again.sections), (1, 1, &run.began.sections));
}

#[test]
fn marks_begin_anew_with_the_run() {
    let mut state = fold([began(), changed(1, "method.temperature", 0.3.into(), &catalogue().default_experiment())]);
    state.apply(began());
    let run = state.run.unwrap();
    assert!(run.marks.is_empty() && !run.by_hand && run.experiment.changes.is_empty());
}

#[test]
fn the_parts_of_the_loss_are_those_of_the_method_that_trains() {
    let scalars = |names: &[&str]| names.iter().map(|&name| Scalar { name: name.into(), value: 1.0 }).collect();
    let told =
        |step, names: &[&str]| Event::Steps { step, seconds: 1.0, images_per_second: 1.0, losses: vec![(step, scalars(names))] };
    let mut state = fold([began(), told(1, &["loss", "invariance", "variance"])]);
    assert_eq!(state.run.as_ref().unwrap().parts, ["invariance", "variance"]);
    state.apply(told(2, &["loss"]));
    assert!(state.run.unwrap().parts.is_empty());
}

#[test]
fn a_canvas_that_was_handed_over_is_never_used_again() {
    let canvases = |drawers: &[Drawer]| {
        let mut state = fold([]);
        drawers.iter().for_each(|&drawer| state.draws(drawer));
        state.canvas
    };
    assert_eq!(canvases(&[Drawer::Page]), 0, "the first canvas is still fresh");
    assert_eq!(canvases(&[Drawer::Page, Drawer::Page]), 0);
    assert_eq!(canvases(&[Drawer::Worker]), 1);
    assert_eq!(canvases(&[Drawer::Worker, Drawer::Page]), 2);
    assert_eq!(canvases(&[Drawer::Worker, Drawer::Worker]), 2);
}

#[test]
fn old_pictures_do_not_outlive_their_run() {
    let points = Points {
        step: 1,
        projection: augsphere_spec::Projection::Sphere,
        dimension: 3,
        explained: 1.0,
        xyz: vec![[0.0, 0.0, 1.0]; 2],
        neighbours: None,
        pair: None,
    };
    let mut state = fold([began()]);
    state.show(points, true);
    assert!(state.points.is_some());
    state.apply(began());
    assert!(state.points.is_none());
}

#[test]
fn a_dropped_data_set_replaces_the_one_of_its_kind() {
    let report = |train| DatasetReport {
        kind: "cifar10".into(),
        title: String::new(),
        classes: ClassTable::default(),
        train,
        validation: 1,
        test: 1,
        side: 32,
    };
    let state = fold([Event::Data(report(1)), Event::Data(report(2))]);
    assert_eq!(state.dropped.iter().map(|kept| kept.train).collect::<Vec<_>>(), [2]);
}
