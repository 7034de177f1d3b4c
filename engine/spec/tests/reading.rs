//! Is every mistake in an experiment found at once, with its path and what to do, and does a sound one read back the same?

mod catalogue;

use augsphere_spec::{Experiment, Mistake, VERSION, Value, from_fragment};
use catalogue::catalogue;

/// Paths and words of the mistakes in a TOML text.
fn mistakes(text: &str) -> Vec<(String, String)> {
    let found = catalogue().read_toml(text).expect_err("there are mistakes");
    found.0.into_iter().map(|Mistake { path, what }| (path, what)).collect()
}

/// The one mistake in a TOML text.
#[track_caller]
fn mistake(text: &str) -> (String, String) {
    let found = mistakes(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn read(text: &str) -> Experiment {
    catalogue().read_toml(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn absent_keys_take_their_defaults() {
    let experiment = read("");
    assert_eq!(experiment, catalogue().default_experiment());
    assert_eq!((experiment.version, experiment.seed, experiment.name.as_str()), (VERSION, 0, ""));
    assert_eq!(experiment.get("data.kind"), Some("shapes".into()));
    assert_eq!(experiment.get("data.train"), Some(Value::Int(4000)));
    assert_eq!(experiment.get("augment.crop.scale_min"), Some(Value::Float(0.08)));
    assert_eq!(experiment.get("train.schedule"), Some("cosine".into()));
    assert_eq!(experiment.get("method.nonsense"), None);
}

#[test]
fn what_is_said_is_read() {
    let experiment = read(
        "name = \"mine\"\nseed = 7\n[data]\nkind = \"archive\"\npath = \"a b.tar.gz\"\n[augment.flip]\nprobability = 1\n[method]\ntemperature = 0.07\n[train]\nsteps = 5.0",
    );
    assert_eq!((experiment.name.as_str(), experiment.seed), ("mine", 7));
    assert_eq!(experiment.get("data.path"), Some("a b.tar.gz".into()));
    assert_eq!(experiment.get("data.train"), Some(Value::Int(50_000)), "the default of the chosen card");
    assert_eq!(experiment.get("augment.flip.probability"), Some(Value::Float(1.0)), "a whole number is a real one too");
    assert_eq!(experiment.get("train.steps"), Some(Value::Int(5)), "and 5.0 is a count");
    assert_eq!(experiment.get("data.shortcut"), None, "the other card's knobs are not there");
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_name() {
    let (path, what) = mistake("[method]\ntemprature = 0.5");
    assert_eq!(path, "method.temprature");
    assert!(what.contains("did you mean `temperature`?"), "{what}");
    let (path, what) = mistake("sead = 1");
    assert_eq!(path, "sead");
    assert!(what.contains("`seed`"), "{what}");
    let (path, what) = mistake("[augmnt.flip]\nprobability = 0.5");
    assert_eq!(path, "augmnt");
    assert!(what.contains("`augment`"), "{what}");
    let (path, what) = mistake("[augment.flipp]\nprobability = 0.5");
    assert_eq!(path, "augment.flipp");
    assert!(what.contains("`flip`"), "{what}");
    let (path, what) = mistake("[train]\nzzz = 0.5");
    assert_eq!(path, "train.zzz");
    assert!(what.contains("known here: steps, schedule"), "nothing is near, so all are named: {what}");
}

#[test]
fn unknown_kinds_and_options_are_refused_with_the_known_ones() {
    let (path, what) = mistake("[data]\nkind = \"shape\"");
    assert_eq!(path, "data.kind");
    assert!(what.contains("shapes, archive") && what.contains("did you mean \"shapes\"?"), "{what}");
    let (path, what) = mistake("[train]\nschedule = \"cosin\"");
    assert_eq!(path, "train.schedule");
    assert!(what.contains("cosine, constant") && what.contains("did you mean \"cosine\"?"), "{what}");
    assert_eq!(mistake("[data]\nkind = 3").0, "data.kind");
}

#[test]
fn types_and_ranges_are_checked() {
    let wrong = [
        ("[method]\ntemperature = 0.0", "method.temperature", "a number from 0.01 to 10", "0.0"),
        ("[method]\ntemperature = \"hot\"", "method.temperature", "a number from 0.01 to 10", "\"hot\""),
        ("[method]\ntemperature = nan", "method.temperature", "a number from 0.01 to 10", ""),
        ("[method]\ntemperature = true", "method.temperature", "a number", "true"),
        ("[train]\nsteps = 2.5", "train.steps", "a whole number from 1 to 1000000", "2.5"),
        ("[train]\nsteps = 0", "train.steps", "a whole number from 1", "0"),
        ("[data]\ntexture = 1", "data.texture", "true or false", "1"),
        ("[data]\nkind = \"archive\"\npath = 3", "data.path", "text", "3"),
        ("[augment]\nflip = 0.5", "augment.flip", "a table", "0.5"),
        ("augment = [1]", "augment", "a table", "a list"),
        ("seed = -1", "seed", "a whole number from 0", "-1"),
        ("seed = 1.5", "seed", "a whole number", "1.5"),
        ("name = 3", "name", "text", "3"),
    ];
    for (text, at, expected, found) in wrong {
        let (path, what) = mistake(text);
        assert_eq!(path, at, "{text}");
        assert!(what.contains(expected) && what.contains(found), "{text}: {what}");
    }
}

#[test]
fn the_lower_end_of_a_range_may_not_exceed_the_upper() {
    let (path, what) = mistake("[augment.crop]\nscale_min = 0.9\nscale_max = 0.5");
    assert_eq!(path, "augment.crop.scale_min");
    assert!(what.contains("scale_max = 0.5") && what.contains("0.9"), "{what}");
    read("[augment.crop]\nscale_min = 0.5\nscale_max = 0.5");
}

#[test]
fn all_mistakes_are_found_at_once() {
    let text = "seed = \"x\"\ncolour = 1\n[data]\nshortcut = 2.0\ntrain = 1\nsize = 3\n[augment.crop]\nscale_min = 1.0\nscale_max = 0.1\n[augment.zoom]\n[method]\nkind = \"byol\"\n[train]\nschedule = 1";
    let mut paths: Vec<String> = mistakes(text).into_iter().map(|(path, _)| path).collect();
    paths.sort();
    let expected = [
        "augment.crop.scale_min",
        "augment.zoom",
        "colour",
        "data.shortcut",
        "data.size",
        "data.train",
        "method.kind",
        "seed",
        "train.schedule",
    ];
    assert_eq!(paths, expected);
    let told = catalogue().read_toml(text).expect_err("mistakes").to_string();
    assert!(told.starts_with("9 mistakes in the experiment:\n") && told.lines().count() == 10, "{told}");
    assert!(catalogue().read_toml("seed = -1").expect_err("a mistake").to_string().starts_with("1 mistake in"));
}

#[test]
fn text_that_is_neither_toml_nor_json_says_where() {
    let (path, what) = mistake("[train\nsteps = 1");
    assert_eq!(path, "TOML");
    assert!(what.contains("line 1"), "{what}");
    let found = catalogue().read_json("{\"seed\": }").expect_err("a mistake");
    assert_eq!(found.0[0].path, "JSON");
    assert!(found.0[0].what.contains("line 1"), "{found}");
    assert_eq!(catalogue().read_json("[1]").expect_err("a list is no experiment").0[0].path, "experiment");
}

#[test]
fn newer_versions_are_refused() {
    let (path, what) = mistake(&format!("version = {}", VERSION + 1));
    assert_eq!(path, "version");
    assert!(what.contains("newer build"), "{what}");
    assert_eq!(mistake("version = 0").0, "version");
    assert_eq!(mistake("version = \"1\"").0, "version");
    assert_eq!(read(&format!("version = {VERSION}")).version, VERSION);
}

#[test]
fn what_is_written_reads_back_the_same() {
    let texts = [
        "",
        "name = \"a \\\"name\\\"\"\nseed = 9223372036854775807",
        "[data]\nkind = \"archive\"\npath = \"2024\"",
        "[data]\ntexture = false\nshortcut = 0.30000000000000004\n[augment.crop]\nscale_min = 0.0\n[method]\ntemperature = 10\n[train]\nschedule = \"constant\"",
    ];
    for text in texts {
        let (catalogue, experiment) = (catalogue(), read(text));
        assert_eq!(catalogue.read_toml(&catalogue.write_toml(&experiment)), Ok(experiment.clone()), "{text}");
        assert_eq!(catalogue.read_json(&catalogue.write(&experiment).to_string()), Ok(experiment.clone()), "{text}");
        assert_eq!(catalogue.with(&experiment, &[]), Ok(experiment.clone()), "{text}");
        let changes = catalogue.difference(&experiment);
        let mut again = catalogue.with(&catalogue.default_experiment(), &changes).expect("a difference applies");
        again.name.clone_from(&experiment.name);
        assert_eq!(again, experiment, "{text}: the difference is all there is");
    }
}

#[test]
fn the_difference_names_only_what_differs() {
    let difference = |text: &str| catalogue().difference(&read(text));
    assert_eq!(difference(""), []);
    assert_eq!(difference("[method]\ntemperature = 0.5"), []);
    assert_eq!(
        difference("seed = 3\n[data]\nkind = \"archive\"\ntrain = 100\n[augment.flip]\nprobability = 0.0"),
        [
            ("seed".to_owned(), Value::Int(3)),
            ("data.kind".to_owned(), "archive".into()),
            ("data.train".to_owned(), Value::Int(100)),
            ("augment.flip.probability".to_owned(), Value::Float(0.0)),
        ]
    );
    assert_eq!(difference("[data]\nkind = \"archive\"\ntrain = 50000").len(), 1, "against the defaults of its own card");
}

fn with(text: &str, changes: &[(&str, Value)]) -> Result<Experiment, Vec<String>> {
    let changes: Vec<(String, Value)> = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    catalogue().with(&read(text), &changes).map_err(|mistakes| mistakes.0.into_iter().map(|mistake| mistake.path).collect())
}

#[test]
fn overrides_replace_single_values() {
    let changed = with(
        "seed = 3",
        &[("method.temperature", Value::Float(0.1)), ("augment.flip.probability", Value::Int(0)), ("name", "x".into())],
    );
    let changed = changed.expect("no mistakes");
    assert_eq!(changed.get("method.temperature"), Some(Value::Float(0.1)));
    assert_eq!(changed.get("augment.flip.probability"), Some(Value::Float(0.0)));
    assert_eq!((changed.seed, changed.name.as_str()), (3, "x"));
    assert_eq!(with("", &[("seed", Value::Int(5))]).expect("no mistakes").seed, 5);
}

#[test]
fn another_kind_drops_the_knobs_of_the_former() {
    let changed = with("[data]\nshortcut = 0.5\ntrain = 100", &[("data.path", "x.tar".into()), ("data.kind", "archive".into())])
        .expect("in any order");
    assert_eq!(changed.get("data.path"), Some("x.tar".into()));
    assert_eq!(changed.get("data.train"), Some(Value::Int(50_000)));
    let same = with("[data]\nshortcut = 0.5", &[("data.kind", "shapes".into())]).expect("no mistakes");
    assert_eq!(same.get("data.shortcut"), Some(Value::Float(0.5)), "the same kind keeps them");
}

#[test]
fn overrides_are_checked_together() {
    let wrong = [
        ("method.temprature", Value::Float(0.1)),
        ("train.steps", Value::Int(0)),
        ("zoom", Value::Int(1)),
        ("data.kind", "nothing".into()),
        ("augment.crop", Value::Int(1)),
    ];
    let mut paths = with("", &wrong).expect_err("mistakes");
    paths.sort();
    assert_eq!(paths, ["augment.crop", "data.kind", "method.temprature", "train.steps", "zoom"]);
    assert_eq!(with("", &[("train.steps.more", Value::Int(1))]).expect_err("a knob is no table"), ["train.steps"]);
}

#[test]
fn what_is_typed_becomes_the_value_that_is_meant() {
    for (typed, value) in [
        ("2000", Value::Int(2000)),
        (" 0.5 ", Value::Float(0.5)),
        ("1e-3", Value::Float(1e-3)),
        ("true", Value::Bool(true)),
        ("resnet18", "resnet18".into()),
        ("\"2000\"", "2000".into()),
        ("runs/a b.tar.gz", "runs/a b.tar.gz".into()),
        ("", "".into()),
    ] {
        assert_eq!(Value::parse(typed), value, "{typed:?}");
    }
}

#[test]
fn knobs_are_found_by_path() {
    let catalogue = catalogue();
    let experiment = read("[data]\nkind = \"archive\"");
    assert!(catalogue.knob(&experiment, "method.temperature").is_some_and(|knob| knob.live));
    assert!(catalogue.knob(&experiment, "augment.crop.scale_min").is_some_and(|knob| knob.live));
    assert!(catalogue.knob(&experiment, "data.path").is_some_and(|knob| !knob.live));
    for path in ["data.shortcut", "data.kind", "seed", "method", "augment.crop", "augment.crop.zoom", "nothing.at.all", ""] {
        assert_eq!(catalogue.knob(&experiment, path), None, "{path}");
    }
}

#[test]
fn a_title_and_a_summary_are_for_readers_and_change_nothing() {
    assert_eq!(read("title = \"Mine\"\nsummary = \"What it shows.\""), read(""));
    assert_eq!(mistake("title = 3").0, "title");
}

/// Run folders and links from before a knob was renamed hold its former name.
#[test]
fn a_former_name_is_read_and_the_present_one_is_written() {
    let old = read("[augment.flip]\nplace = 5\n[[changes]]\nat = 3\npath = \"augment.flip.place\"\nvalue = 7\n");
    assert_eq!(old, read("[augment.flip]\norder = 5\n[[changes]]\nat = 3\npath = \"augment.flip.order\"\nvalue = 7\n"));
    let catalogue = catalogue();
    assert!(!catalogue.write_toml(&old).contains("place"));
    let base = catalogue.default_experiment();
    let (link, _) = from_fragment(&catalogue, &base, "v=1&augment.flip.place=5&at.3.augment.flip.place=7").expect("an old link");
    assert_eq!(link, old);
    // Over a value that is said already, too.
    let again = catalogue.with(&old, &[("augment.flip.place".to_owned(), Value::Int(9))]).expect("no mistakes");
    assert_eq!(again.get("augment.flip.order"), Some(Value::Int(9)));
    let (path, what) = mistake("[augment.flip]\nplace = 50");
    assert_eq!(path, "augment.flip.place");
    assert!(what.contains("1 to 20"), "{what}");
    let (path, what) = mistake("[augment.flip]\nplace = 5\norder = 6");
    assert_eq!(path, "augment.flip.place");
    assert!(what.contains("former name of order"), "{what}");
    assert_eq!(catalogue.present_path("method.temperature"), "method.temperature");
    assert_eq!(catalogue.present_path("augment.crop.place"), "augment.crop.place", "no knob was called that");
}

/// A card that turned out to be another one is read as that, from files, links and single values.
#[test]
fn the_former_name_of_a_card_is_read() {
    let old = read("[method]\nkind = \"nt_xent\"\ntemperature = 0.2\n");
    assert_eq!(old.get("method.kind"), Some(Value::from("simclr")));
    assert_eq!(old.get("method.temperature"), Some(Value::Float(0.2)));
    let catalogue = catalogue();
    let base = catalogue.default_experiment();
    let (link, _) = from_fragment(&catalogue, &base, "v=1&method.kind=nt_xent&method.temperature=0.2").expect("an old link");
    assert_eq!(link.get("method.kind"), Some(Value::from("simclr")));
    let set = catalogue.with(&base, &[("method.kind".to_owned(), "nt_xent".into())]).expect("no mistakes");
    assert_eq!(set.get("method.kind"), Some(Value::from("simclr")));
    let (path, what) = mistake("[method]\nkind = \"nt_xen\"");
    assert_eq!(path, "method.kind");
    assert!(what.contains("must be one of simclr, found"), "the former name is not offered: {what}");
}

#[test]
fn a_seed_may_be_written_as_any_whole_number() {
    assert_eq!(read("seed = 1e3").seed, 1000);
    assert_eq!(with("", &[("seed", Value::Float(1e3))]).expect("no mistakes").seed, 1000);
    for text in ["seed = 1.5", "seed = -1.0", "seed = 1e300"] {
        assert_eq!(mistake(text).0, "seed", "{text}");
    }
}

/// JSON has no form for these numbers: they may not become "nothing" on the way.
#[test]
fn numbers_that_are_not_finite_are_named() {
    for number in ["nan", "inf", "-inf"] {
        let (path, what) = mistake(&format!("[method]\ntemperature = {number}"));
        assert_eq!(path, "method.temperature");
        assert!(what.to_lowercase().contains(&format!("found {number}, which is no finite number")), "{what}");
    }
    let wrong = catalogue().with(&read(""), &[("train.steps".to_owned(), Value::parse("nan"))]).expect_err("a mistake");
    assert!(wrong.to_string().contains("found NaN, which is no finite number"), "{wrong}");
    assert_eq!(read("name = \"nan\"").name, "nan", "as a text it is one");
}
