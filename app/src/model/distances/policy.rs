//! What is a policy of augmentations called, in which order does it act, and what does the second view do differently?

use augsphere_spec::{Catalogue, Choice, Experiment, Value};

/// The knob that says when an augmentation acts: those with smaller numbers act first.
pub const ORDER: &str = "order";
/// The largest place.
const LAST: i64 = 20;

/// How often an augmentation acts; one without such a knob always does.
fn share(choice: &Choice) -> f64 {
    choice.knobs.0.get("probability").and_then(Value::as_float).unwrap_or(1.0)
}

fn place(choice: &Choice) -> i64 {
    choice.knobs.0.get(ORDER).and_then(Value::as_int).unwrap_or(0)
}

/// The augmentations of `section` that are on, in the order in which they act, and then those that are off.
pub fn order(experiment: &Experiment, section: &str) -> (Vec<String>, Vec<String>) {
    let (mut on, off): (Vec<&Choice>, Vec<&Choice>) = experiment.choices(section).iter().partition(|choice| share(choice) > 0.0);
    // The sort is stable: those with the same place act in the order of the list.
    on.sort_by_key(|choice| place(choice));
    let names = |choices: Vec<&Choice>| choices.into_iter().map(|choice| choice.kind.clone()).collect();
    (names(on), names(off))
}

/// The places to change so that `name` acts one earlier (`by` = -1) or one later (`by` = 1) among those that are on.
pub fn shifted(experiment: &Experiment, section: &str, name: &str, by: isize) -> Vec<(String, i64)> {
    let (mut wanted, _) = order(experiment, section);
    let Some(from) = wanted.iter().position(|known| known == name) else { return Vec::new() };
    let Some(to) = from.checked_add_signed(by).filter(|&to| to < wanted.len()) else { return Vec::new() };
    wanted.swap(from, to);
    let choices = experiment.choices(section);
    let rank = |name: &String| choices.iter().position(|choice| choice.kind == *name).unwrap_or_default();
    let now = |name: &String| experiment.card(section, name).map_or(0, place);
    // The two change places; whatever would then still stand wrong moves up behind the one before it.
    let mut places: Vec<i64> = wanted.iter().map(now).collect();
    places.swap(from, to);
    for index in 1..wanted.len() {
        let before = (places[index - 1], rank(&wanted[index - 1]));
        if (places[index], rank(&wanted[index])) < before {
            places[index] = before.0 + i64::from(rank(&wanted[index]) < before.1);
        }
    }
    if places.last().is_some_and(|&last| last > LAST) {
        places = (1..).take(wanted.len()).collect();
    }
    wanted.into_iter().zip(places).filter(|(name, place)| now(name) != *place).collect()
}

/// The augmentations, by their titles, in which `section` differs from `leader`; nothing if it does not.
pub fn differing(catalogue: &Catalogue, experiment: &Experiment, section: &str, leader: &str) -> Vec<String> {
    let Some(known) = catalogue.section(section) else { return Vec::new() };
    let differs = |name: &str| {
        let knobs = |section: &str| experiment.card(section, name).map(|choice| &choice.knobs);
        let silent = |section: &str| experiment.card(section, name).is_some_and(|choice| share(choice) == 0.0);
        knobs(section) != knobs(leader) && !(silent(section) && silent(leader))
    };
    known.cards.iter().filter(|card| differs(&card.name)).map(|card| card.title.clone()).collect()
}

/// The settings of `from` and of what follows it, where `to` has others: paths and values, leaders first.
pub fn differences(catalogue: &Catalogue, from: &Experiment, to: &Experiment, sections: &[&str]) -> Vec<(String, Value)> {
    let of = |section: &str| {
        let cards = catalogue.section(section).map(|section| section.cards.as_slice()).unwrap_or_default();
        let paths = cards.iter().flat_map(|card| card.knobs.iter().map(move |knob| format!("{}.{}", card.name, knob.name)));
        paths.map(|path| format!("{section}.{path}")).collect::<Vec<_>>()
    };
    let changed = |path: String| to.get(&path).filter(|value| from.get(&path).as_ref() != Some(value)).map(|value| (path, value));
    sections.iter().flat_map(|section| of(section)).filter_map(changed).collect()
}

/// A policy's name: that of its recipe, or what is on, in the order in which it acts; and what the second view does differently.
pub fn name(catalogue: &Catalogue, experiment: &Experiment) -> String {
    if let Some(recipe) = catalogue.recipe(experiment, "augment") {
        return recipe.title.clone();
    }
    let Some(section) = catalogue.section("augment") else { return String::new() };
    let (on, _) = order(experiment, "augment");
    let title = |name: &String| {
        let title = section.card(name)?.title.to_lowercase();
        let share = share(experiment.card("augment", name)?);
        Some(if share < 1.0 { format!("{title} {:.0} %", 100.0 * share) } else { title })
    };
    let words: Vec<String> = on.iter().filter_map(title).collect();
    let second = differing(catalogue, experiment, "second", "augment");
    let words = if words.is_empty() { "no augmentation".to_owned() } else { words.join(", ") };
    if second.is_empty() { words } else { format!("{words}; second view: other {}", second.join(", ").to_lowercase()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::{Card, Knob, Recipe, Section};

    /// Three augmentations with places 1, 2, 2 and a second view that follows the first.
    fn catalogue() -> Catalogue {
        let card = |name: &str, place: i64, share: f64| {
            Card::new(name, name, "One sentence.", "").knobs([
                Knob::float("probability", "Probability", share, 0.0, 1.0, "Help.").live(),
                Knob::float("strength", "Strength", 1.0, 0.0, 2.0, "Help.").live(),
                Knob::int(ORDER, "Place", place, 1, 20, "Help.").live(),
            ])
        };
        let cards = vec![card("crop", 1, 1.0), card("flip", 2, 0.5), card("blur", 2, 0.5), card("solarize", 4, 0.0)];
        let recipes = vec![Recipe {
            name: "pair".into(),
            title: "A pair".into(),
            summary: String::new(),
            paper: String::new(),
            values: vec![("augment.flip.probability".into(), 0.0.into()), ("second.solarize.probability".into(), 0.2.into())],
        }];
        let section = |name: &str, follows: Option<String>, recipes| Section {
            name: name.into(),
            all: true,
            follows,
            recipes,
            cards: cards.clone(),
            ..Section::default()
        };
        Catalogue { sections: vec![section("augment", None, recipes), section("second", Some("augment".into()), Vec::new())] }
    }

    fn with(changes: &[(&str, Value)]) -> Experiment {
        let changes: Vec<(String, Value)> = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        catalogue().with(&catalogue().default_experiment(), &changes).unwrap()
    }

    fn moved(experiment: &Experiment, name: &str, by: isize) -> Vec<String> {
        let places = shifted(experiment, "augment", name, by);
        let changes: Vec<(String, Value)> =
            places.into_iter().map(|(name, place)| (format!("augment.{name}.order"), Value::Int(place))).collect();
        order(&catalogue().with(experiment, &changes).unwrap(), "augment").0
    }

    #[test]
    fn what_is_on_comes_first_in_the_order_in_which_it_acts() {
        let usual = with(&[]);
        assert_eq!(order(&usual, "augment"), (vec!["crop".into(), "flip".into(), "blur".into()], vec!["solarize".into()]));
        let other = with(&[("augment.crop.order", 9.into()), ("augment.flip.probability", 0.0.into())]);
        assert_eq!(order(&other, "augment").0, ["blur", "crop"]);
    }

    #[test]
    fn moving_renumbers_only_what_must_change() {
        let usual = with(&[]);
        assert_eq!(shifted(&usual, "augment", "flip", -1), [("flip".to_owned(), 1), ("crop".to_owned(), 2)]);
        assert_eq!(shifted(&usual, "augment", "blur", -1), [("flip".to_owned(), 3)], "two with the same place");
        for (name, by, wanted) in [
            ("flip", -1, ["flip", "crop", "blur"]),
            ("blur", -1, ["crop", "blur", "flip"]),
            ("flip", 1, ["crop", "blur", "flip"]),
            ("crop", -1, ["crop", "flip", "blur"]),
            ("blur", 1, ["crop", "flip", "blur"]),
        ] {
            assert_eq!(moved(&usual, name, by), wanted, "{name} {by}");
        }
        assert_eq!(shifted(&usual, "augment", "solarize", -1), [], "what is off has no place in the order");
        let full = with(&[("augment.flip.order", 20.into()), ("augment.blur.order", 20.into())]);
        assert_eq!(moved(&full, "blur", -1), ["crop", "blur", "flip"], "there is nothing behind the last place");
    }

    #[test]
    fn the_second_view_says_where_it_differs() {
        let text = |experiment: &Experiment| differing(&catalogue(), experiment, "second", "augment");
        assert!(text(&with(&[("augment.crop.strength", 0.5.into())])).is_empty(), "it follows the first");
        assert_eq!(text(&with(&[("second.blur.probability", 0.1.into())])), ["blur"]);
        assert!(text(&with(&[("second.solarize.strength", 0.1.into())])).is_empty(), "what is off in both does not differ");
    }

    #[test]
    fn a_policy_is_called_by_its_recipe_or_by_what_is_on() {
        let catalogue = catalogue();
        let recipe = &catalogue.sections[0].recipes[0];
        let applied = catalogue.apply_recipe(&with(&[]), "augment", recipe).unwrap();
        assert_eq!(name(&catalogue, &applied), "A pair");
        assert_eq!(name(&catalogue, &with(&[])), "crop, flip 50 %, blur 50 %");
        let other = with(&[("second.blur.probability", 0.1.into()), ("augment.crop.probability", 0.0.into())]);
        assert_eq!(name(&catalogue, &other), "flip 50 %, blur 50 %; second view: other blur");
    }

    #[test]
    fn turning_one_knob_after_the_other_leads_to_a_recipe() {
        let catalogue = catalogue();
        let from = with(&[("augment.blur.probability", 0.9.into()), ("second.flip.probability", 0.7.into())]);
        let to = catalogue.apply_recipe(&from, "augment", &catalogue.sections[0].recipes[0]).unwrap();
        let mut now = from;
        for section in ["augment", "second"] {
            for change in differences(&catalogue, &now, &to, &[section]) {
                now = catalogue.with(&now, &[change]).unwrap();
            }
        }
        assert_eq!(now.sections, to.sections);
    }
}
