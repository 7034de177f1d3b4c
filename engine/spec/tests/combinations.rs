//! What does a chosen card bring along elsewhere, what does it refuse, and how is a change on the way written down?

mod catalogue;

use augsphere_spec::{Card, Catalogue, Change, Knob, Mistakes, Section, Value, from_fragment, to_fragment};

/// The small catalogue with a second method, which suits a momentum target and refuses a shared one.
fn wider() -> Catalogue {
    let mut catalogue = catalogue::catalogue();
    let card = |name: &str, title: &str| Card::new(name, title, "Summary.", "");
    let method = catalogue.sections.iter_mut().find(|section| section.name == "method").expect("there is a method");
    method.live = true;
    method.cards.push(
        card("byol", "BYOL")
            .knobs([Knob::float("weight", "", 1.0, 0.0, 2.0, "")])
            .implies("target.kind", "momentum")
            .implies("target.momentum", 0.9)
            .conflicts_with("target.kind", "frozen", "nothing would learn"),
    );
    catalogue.sections.push(Section {
        name: "target".into(),
        title: "Target".into(),
        help: "Help.".into(),
        live: true,
        cards: vec![
            card("shared", "Shared"),
            card("momentum", "Momentum").knobs([Knob::float("momentum", "", 0.99, 0.0, 1.0, "")]),
            card("frozen", "Frozen"),
        ],
        ..Section::default()
    });
    catalogue
}

fn kind(text: &str) -> (Option<Value>, Option<Value>) {
    let experiment = wider().read_toml(text).expect("no mistake");
    (experiment.get("target.kind"), experiment.get("target.momentum"))
}

#[test]
fn a_card_brings_its_defaults_along_unless_something_else_is_said() {
    assert_eq!(kind(""), (Some("shared".into()), None));
    assert_eq!(kind("[method]\nkind = \"byol\""), (Some("momentum".into()), Some(0.9.into())));
    assert_eq!(kind("[method]\nkind = \"byol\"\n[target]\nmomentum = 0.5"), (Some("momentum".into()), Some(0.5.into())));
    assert_eq!(kind("[method]\nkind = \"byol\"\n[target]\nkind = \"shared\""), (Some("shared".into()), None));
}

#[test]
fn what_was_said_stays_and_what_was_left_follows_the_method() {
    let catalogue = wider();
    let method = |experiment, name: &str| catalogue.with(experiment, &[("method.kind".into(), name.into())]).expect("no mistake");
    let simclr = catalogue.default_experiment();
    let byol = method(&simclr, "byol");
    assert_eq!(byol.get("target.kind"), Some("momentum".into()));
    assert_eq!(catalogue.difference(&byol), [("method.kind".to_owned(), Value::from("byol"))], "the target was not said");
    assert_eq!(method(&byol, "simclr"), simclr);

    let shared = catalogue.with(&byol, &[("target.kind".into(), "shared".into())]).expect("no mistake");
    assert_eq!(catalogue.difference(&shared).len(), 2);
    let own = catalogue.with(&simclr, &[("target.kind".into(), "momentum".into())]).expect("no mistake");
    assert_eq!(own.get("target.momentum"), Some(0.99.into()), "not the value of a method that is not chosen");
}

#[test]
fn a_difference_with_suited_defaults_applies_again() {
    let catalogue = wider();
    for text in
        ["[method]\nkind = \"byol\"", "[method]\nkind = \"byol\"\n[target]\nkind = \"shared\"", "[target]\nkind = \"momentum\""]
    {
        let experiment = catalogue.read_toml(text).expect("no mistake");
        let again = catalogue.with(&catalogue.default_experiment(), &catalogue.difference(&experiment)).expect("no mistake");
        assert_eq!(again, experiment, "{text}");
        let toml = catalogue.write_toml(&experiment);
        assert_eq!(catalogue.read_toml(&toml).expect("no mistake"), experiment, "{toml}");
    }
}

#[test]
fn what_does_not_go_together_is_refused_with_the_reason() {
    let catalogue = wider();
    let found = catalogue.read_toml("[method]\nkind = \"byol\"\n[target]\nkind = \"frozen\"").map_err(|Mistakes(all)| all);
    let mistakes = found.expect_err("nothing would learn");
    assert_eq!((mistakes.len(), mistakes[0].path.as_str()), (1, "target.kind"));
    assert!(mistakes[0].what.contains("BYOL") && mistakes[0].what.contains("nothing would learn"), "{}", mistakes[0].what);
    let byol = catalogue.read_toml("[method]\nkind = \"byol\"").expect("no mistake");
    assert!(catalogue.conflict(&byol, "target.kind", &"frozen".into()).is_some());
    assert_eq!(catalogue.conflict(&byol, "target.kind", &"shared".into()), None);
    assert_eq!(catalogue.conflict(&catalogue.default_experiment(), "target.kind", &"frozen".into()), None);
}

#[test]
fn planned_changes_are_tried_before_the_run_and_applied_in_order() {
    let catalogue = wider();
    let text = "[[changes]]\nat = 20\npath = \"method.weight\"\nvalue = 0.5\n[[changes]]\nat = 10\npath = \"method.kind\"\nvalue = \"byol\"";
    let experiment = catalogue.read_toml(text).expect("no mistake");
    assert_eq!(
        experiment.changes[0],
        Change { at: 10, path: "method.kind".into(), value: "byol".into() },
        "in the order of steps"
    );
    assert_eq!(catalogue.after(&experiment, 9).get("method.kind"), Some("simclr".into()));
    assert_eq!(catalogue.after(&experiment, 10).get("target.kind"), Some("momentum".into()));
    assert_eq!(catalogue.after(&experiment, 20).get("method.weight"), Some(0.5.into()));
    assert_eq!(catalogue.read_toml(&catalogue.write_toml(&experiment)).expect("no mistake"), experiment);
    let fragment = to_fragment(&catalogue, &experiment);
    let (again, _) = from_fragment(&catalogue, &catalogue.default_experiment(), &fragment).expect("no mistake");
    assert_eq!(again, experiment, "{fragment}");
}

#[test]
fn impossible_changes_are_named_with_their_place() {
    let catalogue = wider();
    let mistakes = |text: &str| catalogue.read_toml(text).map(|_| ()).map_err(|Mistakes(all)| all).expect_err("a mistake");
    let one =
        |at: &str, path: &str, value: &str| mistakes(&format!("[[changes]]\nat = {at}\npath = \"{path}\"\nvalue = {value}"));
    assert!(one("5", "train.steps", "7")[0].what.contains("cannot change while a run is under way"));
    assert!(one("5", "method.temperature", "-1")[0].path.contains("changes[0]"));
    assert!(one("5", "method.nothing", "1")[0].path.contains("changes[0]"));
    assert!(one("-5", "method.temperature", "1")[0].what.contains("at (a step)"));
    assert!(mistakes("changes = 3")[0].what.contains("list"));
    assert!(mistakes("[[changes]]\nat = 1\npat = \"x\"")[0].what.contains("did you mean `path`"));
    let fault = from_fragment(&catalogue, &catalogue.default_experiment(), "#v=1&at.x.method.temperature=1");
    assert!(fault.is_err());
}
