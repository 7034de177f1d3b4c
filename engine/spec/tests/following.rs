//! Is a section that follows another one like it, unless something else is said?

mod catalogue;

use augsphere_spec::{Catalogue, Experiment, Recipe, Section, Value, from_fragment, to_fragment};

/// The small catalogue with a second view and two recipes.
fn two_views() -> Catalogue {
    let mut catalogue = catalogue::catalogue();
    let augment = catalogue.section("augment").expect("augmentations").clone();
    let recipe = |name: &str, values: &[(&str, f64)]| Recipe {
        name: name.into(),
        title: name.into(),
        summary: String::new(),
        paper: String::new(),
        values: values.iter().map(|(path, value)| ((*path).to_owned(), Value::Float(*value))).collect(),
    };
    let recipes = vec![
        recipe("alike", &[("augment.crop.scale_min", 0.2), ("augment.flip.probability", 0.0)]),
        recipe("unlike", &[("augment.crop.scale_min", 0.2), ("second.flip.probability", 1.0)]),
    ];
    let second = Section { name: "second".into(), follows: Some("augment".into()), ..augment };
    catalogue.sections.iter_mut().find(|section| section.name == "augment").expect("augmentations").recipes = recipes;
    catalogue.sections.push(second);
    catalogue
}

fn at(experiment: &Experiment, path: &str) -> f64 {
    experiment.get(path).and_then(|value| value.as_float()).expect(path)
}

#[test]
fn what_is_not_said_of_the_second_view_is_as_for_the_first() {
    let catalogue = two_views();
    let read = |text| catalogue.read_toml(text).expect("no mistake");
    let unlike = read("[augment.crop]\nscale_min = 0.3\n[second.flip]\nprobability = 0.1\n");
    assert_eq!((at(&unlike, "second.crop.scale_min"), at(&unlike, "second.flip.probability")), (0.3, 0.1));
    assert_eq!(at(&unlike, "augment.flip.probability"), 0.5, "the first view is left alone");
    assert_eq!(read("").choices("augment"), read("").choices("second"));
}

#[test]
fn the_second_view_follows_until_it_says_something_itself() {
    let catalogue = two_views();
    let begun = catalogue.read_toml("[second.flip]\nprobability = 0.1\n").expect("no mistake");
    let change = |path: &str, value: f64| (path.to_owned(), Value::Float(value));
    let changed = catalogue.with(&begun, &[change("augment.crop.scale_min", 0.4)]).expect("no mistake");
    assert_eq!(at(&changed, "second.crop.scale_min"), 0.4, "it follows");
    let changed = catalogue.with(&begun, &[change("augment.flip.probability", 0.9)]).expect("no mistake");
    assert_eq!(at(&changed, "second.flip.probability"), 0.1, "what was said stays said");
    assert_eq!(at(&catalogue.base_of(&changed), "second.flip.probability"), 0.9, "what a knob goes back to");
}

#[test]
fn only_what_differs_is_written_and_it_reads_back() {
    let catalogue = two_views();
    let unlike = catalogue.read_toml("[augment.crop]\nscale_min = 0.3\n[second.flip]\nprobability = 0.1\n").expect("no mistake");
    assert_eq!(catalogue.write(&unlike)["second"], serde_json::json!({ "flip": { "probability": 0.1 } }));
    assert_eq!(catalogue.read(&catalogue.write(&unlike)).expect("no mistake"), unlike);
    let link = to_fragment(&catalogue, &unlike);
    assert!(link.contains("second.flip.probability=0.1") && !link.contains("second.crop"), "{link}");
    assert_eq!(from_fragment(&catalogue, &catalogue.default_experiment(), &link).expect("no mistake").0, unlike);
    let alike = catalogue.default_experiment();
    assert!(catalogue.write(&alike).get("second").is_none());
}

#[test]
fn a_recipe_replaces_both_views_and_is_recognised() {
    let catalogue = two_views();
    let begun =
        catalogue.read_toml("seed = 3\n[augment.crop]\nscale_max = 0.5\n[second.flip]\nprobability = 0.1\n").expect("no mistake");
    assert_eq!(catalogue.recipe(&begun, "augment"), None);
    for recipe in &catalogue.section("augment").expect("augmentations").recipes {
        let applied = catalogue.apply_recipe(&begun, "augment", recipe).expect("no mistake");
        assert_eq!((applied.seed, at(&applied, "augment.crop.scale_max")), (3, 1.0), "the rest stays, the section does not");
        assert_eq!(catalogue.recipe(&applied, "augment"), Some(recipe));
        let second = if recipe.name == "alike" { 0.0 } else { 1.0 };
        assert_eq!(at(&applied, "second.flip.probability"), second);
    }
}

#[test]
fn mistakes_of_the_second_view_have_its_path() {
    let mistakes =
        two_views().read_toml("[second.crop]\nscale_min = 0.9\nscale_max = 0.5\n[second.flp]\n").expect_err("two mistakes");
    let paths: Vec<&str> = mistakes.0.iter().map(|mistake| mistake.path.as_str()).collect();
    assert_eq!(paths, ["second.flp", "second.crop.scale_min"]);
}
