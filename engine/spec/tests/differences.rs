//! Does a shelf of runs say what differs, in the words of the catalogue, and nothing that only follows from it?

use augsphere_spec::{Catalogue, Change, Difference, Experiment, Value, differences, set_to};

/// What people choose from.
fn catalogue() -> Catalogue {
    serde_json::from_str(include_str!("../../../assets/catalogue.json")).expect("the catalogue that the engine wrote")
}

fn read(text: &str) -> Experiment {
    catalogue().read_toml(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The words of all differences between two experiments.
fn words(one: &str, other: &str) -> Vec<String> {
    differences(&catalogue(), &read(one), &read(other)).into_iter().map(|difference| difference.words).collect()
}

#[test]
fn equal_experiments_do_not_differ_whatever_they_are_called() {
    for text in ["", "[method]\nkind = \"byol\"", "[second.blur]\nprobability = 0.5"] {
        assert_eq!(words(&format!("name = \"a\"\n{text}"), &format!("name = \"b\"\n{text}")), [""; 0], "{text}");
    }
}

#[test]
fn knobs_are_told_by_their_titles_from_the_first_to_the_second() {
    let one = "seed = 1\n[method]\ntemperature = 0.2\n[train]\nsteps = 100\n[projector]\nlayers = 2";
    let other = "seed = 4\n[method]\ntemperature = 1\n[train]\nsteps = 3000\n[projector]\nlayers = 3\nl2 = true";
    let expected =
        ["temperature 0.2 to 1", "projector layers 2 to 3", "projector unit length", "steps 100 to 3000", "seed 1 to 4"];
    assert_eq!(words(one, other), expected);
    assert_eq!(words("[projector]\nl2 = true", ""), ["projector no unit length"]);
    let found = differences(&catalogue(), &read(one), &read(other));
    assert_eq!(found[0], Difference { path: "method.temperature".into(), words: expected[0].into() });
}

#[test]
fn values_that_only_their_last_digits_tell_apart_are_written_in_full() {
    assert_eq!(words("[method]\ntemperature = 0.2", "[method]\ntemperature = 0.200001"), ["temperature 0.2 to 0.200001"]);
}

/// BYOL brings a momentum target, a predictor, wider heads and other statistics along.
#[test]
fn what_a_method_brings_along_is_not_said_again() {
    assert_eq!(words("", "[method]\nkind = \"byol\""), ["method SimCLR to BYOL"]);
    assert_eq!(words("[method]\nkind = \"byol\"", "[method]\nkind = \"barlow_twins\""), ["method BYOL to Barlow Twins"]);
    // What was said against the method's own choice is.
    let plain = "[method]\nkind = \"byol\"\n[predictor]\nkind = \"none\"";
    assert_eq!(words("[method]\nkind = \"byol\"", plain), ["trained predictor to no predictor"]);
    assert_eq!(
        words("", "[method]\nkind = \"byol\"\n[target]\nmomentum = 0.9"),
        ["method SimCLR to BYOL", "target branch momentum 0.99 to 0.9"]
    );
    let wide = words("[projector]\nhidden = 512", "[method]\nkind = \"byol\"");
    assert_eq!(wide, ["method SimCLR to BYOL", "projector hidden width 512 to 256"]);
    // The same value, said once and brought along once, is no difference.
    assert_eq!(words("[projector]\nhidden = 256", "[method]\nkind = \"byol\""), ["method SimCLR to BYOL"]);
}

#[test]
fn knobs_of_another_card_are_compared_where_both_have_them() {
    let adam = "[optimiser]\nkind = \"adam\"";
    assert_eq!(words("", adam), ["optimiser SGD with momentum to Adam"]);
    let slow = format!("{adam}\nlearning_rate = 0.0001");
    assert_eq!(words("", &slow), ["optimiser SGD with momentum to Adam", "learning rate 0.12 to 0.0001"]);
    let data = words("", "[data]\nkind = \"cifar10\"\npath = \"a.tar.gz\"\ntest = 500");
    assert_eq!(data, ["data shapes to CIFAR-10", "archive none to a.tar.gz", "test images 1000 to 500"]);
}

/// `momentum` is a knob of the optimiser and of a momentum encoder.
#[test]
fn a_title_that_two_sections_have_is_told_with_its_section() {
    let slow = "[optimiser]\nmomentum = 0.5";
    assert_eq!(words("", slow), ["momentum 0.9 to 0.5"]);
    let byol = "[method]\nkind = \"byol\"\n";
    assert_eq!(words(byol, &format!("{byol}{slow}")), ["optimiser momentum 0.9 to 0.5"]);
}

#[test]
fn an_augmentation_that_is_off_has_no_other_differences() {
    assert_eq!(words("", "[augment.grayscale]\nprobability = 0"), ["no grayscale"]);
    assert_eq!(words("", "[augment.grayscale]\nprobability = 0\norder = 2"), ["no grayscale"]);
    let on = words("", "[augment.blur]\nprobability = 0.5\nkernel = 5");
    assert_eq!(on, ["Gaussian blur with probability 0.5", "Gaussian blur kernel width 3 to 5"]);
    assert_eq!(words("", "[augment.blur]\nkernel = 5"), [""; 0], "it is off in both");
    assert_eq!(words("", "[augment.crop]\nscale_min = 0.2"), ["random resized crop smallest area 0.08 to 0.2"]);
    let found = differences(&catalogue(), &read(""), &read("[augment.grayscale]\nprobability = 0"));
    assert_eq!(found[0].path, "augment.grayscale");
}

#[test]
fn the_second_view_is_told_only_where_it_does_not_follow_the_first() {
    assert_eq!(words("", "[augment.grayscale]\nprobability = 0.4"), ["grayscale probability 0.2 to 0.4"]);
    assert_eq!(words("", "[second.grayscale]\nprobability = 0"), ["second view: no grayscale"]);
    assert_eq!(
        words("", "[augment.flip]\nprobability = 0.1\n[second.flip]\nprobability = 0.3"),
        ["horizontal flip probability 0.5 to 0.1", "second view: horizontal flip probability 0.5 to 0.3"]
    );
}

#[test]
fn measures_are_told_with_their_names() {
    assert_eq!(words("", "[measures.knn]\nk = 5"), ["kNN accuracy k 200 to 5"]);
    assert_eq!(words("", "[measures.cadence]\nevery = 5"), ["cadence every 50 to 5"]);
}

#[test]
fn changes_on_the_way_are_told_on_either_side() {
    let change = |at: u64, path: &str, value: Value| Change { at, path: path.into(), value };
    let (byol, cold) = (change(200, "method.kind", "byol".into()), change(300, "method.temperature", Value::Float(0.1)));
    let with = |changes: &[&Change]| Experiment { changes: changes.iter().map(|&change| change.clone()).collect(), ..read("") };
    let words = |one: &Experiment, other: &Experiment| -> Vec<String> {
        differences(&catalogue(), one, other).into_iter().map(|difference| difference.words).collect()
    };
    assert_eq!(words(&with(&[]), &with(&[&byol])), ["after 200 steps method BYOL"]);
    assert_eq!(words(&with(&[&byol, &cold]), &with(&[&byol])), ["without temperature 0.1 after 300 steps"]);
    assert_eq!(words(&with(&[&byol]), &with(&[&byol])), [""; 0]);
}

#[test]
fn a_single_value_is_told_in_the_same_words() {
    let told = |path: &str, value: Value| set_to(&catalogue(), path, &value);
    assert_eq!(told("method.kind", "moco_v2".into()), "method MoCo v2");
    assert_eq!(told("predictor.kind", "none".into()), "no predictor");
    assert_eq!(told("augment.grayscale.probability", Value::Float(0.0)), "no grayscale");
    assert_eq!(told("second.blur.sigma_max", Value::Float(1.5)), "second view: Gaussian blur strongest blur 1.5");
    assert_eq!(told("projector.l2", Value::Bool(false)), "projector no unit length");
    assert_eq!(told("train.batch_norm", "per_view".into()), "batch normalisation per view");
    assert_eq!(told("nothing.like.this", Value::Int(3)), "nothing.like.this 3");
}

/// However far two experiments are apart, a difference is there exactly if what the catalogue would write differs.
#[test]
fn no_difference_of_two_presets_is_lost() {
    let catalogue = catalogue();
    let presets: Vec<Experiment> = augsphere_spec::PRESETS
        .iter()
        .map(|preset| Experiment {
            name: String::new(),
            ..catalogue.read_toml(preset.toml).unwrap_or_else(|mistakes| panic!("{mistakes}"))
        })
        .collect();
    for one in &presets {
        for other in &presets {
            let found = differences(&catalogue, one, other);
            assert_eq!(found.is_empty(), one == other, "{found:?}");
            let backwards = differences(&catalogue, other, one);
            let paths = |found: &[Difference]| found.iter().map(|difference| difference.path.clone()).collect::<Vec<_>>();
            let kinds = |paths: Vec<String>| paths.into_iter().filter(|path| path.ends_with(".kind")).collect::<Vec<_>>();
            assert_eq!(kinds(paths(&found)), kinds(paths(&backwards)), "kinds differ both ways");
        }
    }
}
