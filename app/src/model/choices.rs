//! What can be chosen now, and if something cannot, why?

use augsphere_spec::{Card, Catalogue, Experiment, Mistakes, Section, Value};

/// The family of methods that are given labels.
const LABELLED: &str = "labels allowed";

/// Whether a method is given labels.
pub fn uses_labels(card: &Card) -> bool {
    card.family == LABELLED
}

/// The card chosen in `section`.
pub fn chosen<'a>(catalogue: &'a Catalogue, experiment: &Experiment, section: &str) -> Option<&'a Card> {
    catalogue.section(section)?.card(&experiment.choice(section)?.kind)
}

/// Why `value` cannot be taken at `path` beside what `draft` has chosen elsewhere, if so: a part of a sentence.
pub fn conflict(catalogue: &Catalogue, draft: &Experiment, path: &str, value: &Value) -> Option<String> {
    if draft.get(path).as_ref() == Some(value) {
        return None;
    }
    if let Some(why) = catalogue.conflict(draft, path, value) {
        return Some(why);
    }
    // It may itself not go with something that was chosen elsewhere.
    let Err(Mistakes(mistakes)) = catalogue.with(draft, &[(path.to_owned(), value.clone())]) else { return None };
    let first = mistakes.into_iter().next()?;
    let place = first.path.split('.').next().and_then(|section| catalogue.section(section));
    Some(match place {
        Some(section) if first.path != path => format!("{}: {}", section.title, titled(catalogue, &first.path, first.what)),
        _ => first.what,
    })
}

/// A sentence about a quoted card, with the card's title instead.
fn titled(catalogue: &Catalogue, path: &str, what: String) -> String {
    let found = path.strip_suffix(".kind").and_then(|section| catalogue.section(section)).and_then(|section| {
        let card = section.cards.iter().find(|card| what.starts_with(&format!("{:?} ", card.name)))?;
        Some(what.replacen(&format!("{:?}", card.name), &card.title, 1))
    });
    found.unwrap_or(what)
}

/// All of a draft that conflicts depend on: which cards are chosen, and the values that some card refuses.
pub fn combination(catalogue: &Catalogue, draft: &Experiment) -> Vec<Option<Value>> {
    let kinds =
        catalogue.sections.iter().filter(|section| !section.all).map(|section| draft.get(&format!("{}.kind", section.name)));
    let cards = catalogue.sections.iter().flat_map(|section| &section.cards);
    kinds.chain(cards.flat_map(|card| &card.conflicts).map(|conflict| draft.get(&conflict.path))).collect()
}

/// The cards of `section` in families, both in the order in which they are listed.
pub fn families(section: &Section) -> Vec<(String, Vec<Card>)> {
    let mut families: Vec<(String, Vec<Card>)> = Vec::new();
    for card in &section.cards {
        match families.iter_mut().find(|(name, _)| *name == card.family) {
            Some((_, members)) => members.push(card.clone()),
            None => families.push((card.family.clone(), vec![card.clone()])),
        }
    }
    families
}

/// What a card sets elsewhere while it is chosen, in words: `Target branch: Momentum encoder`.
pub fn brings(catalogue: &Catalogue, card: &Card) -> Vec<String> {
    let kinds = card.implies.iter().filter_map(|(path, value)| {
        let section = catalogue.section(path.strip_suffix(".kind")?)?;
        Some(format!("{}: {}", section.title, section.card(value.as_text()?)?.title))
    });
    kinds.collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::test_catalogue::catalogue;

    fn draft(changes: &[(&str, &str)]) -> Experiment {
        let catalogue = catalogue();
        let changes: Vec<(String, Value)> = changes.iter().map(|&(path, value)| (path.into(), value.into())).collect();
        catalogue.with(&catalogue.default_experiment(), &changes).unwrap()
    }

    #[test]
    fn what_is_refused_says_why_from_both_sides() {
        let catalogue = catalogue();
        let why = |draft: &Experiment, path: &str, value: &str| conflict(&catalogue, draft, path, &value.into());
        let byol = draft(&[("method.kind", "byol")]);
        let said = why(&byol, "target.kind", "momentum_positive").unwrap();
        assert_eq!(said, "does not go with BYOL: it has no other terms");
        let positives = draft(&[("target.kind", "momentum_positive")]);
        let said = why(&positives, "method.kind", "byol").unwrap();
        assert_eq!(said, "Target branch: Momentum positives does not go with BYOL: it has no other terms");
        let said = why(&positives, "method.kind", "supervised").unwrap();
        assert_eq!(said, "does not go with Momentum positives: it has no positives");
        assert_eq!(why(&positives, "method.kind", "infonce"), None);
        assert_eq!(why(&byol, "target.kind", "shared"), None);
        assert_eq!(why(&byol, "method.kind", "byol"), None, "what is chosen is never refused");
    }

    #[test]
    fn obstacles_change_only_with_the_constellation() {
        let catalogue = catalogue();
        let one = draft(&[]);
        let warmer = catalogue.with(&one, &[("method.temperature".into(), 0.9.into())]).unwrap();
        assert_eq!(combination(&catalogue, &one), combination(&catalogue, &warmer));
        assert_ne!(combination(&catalogue, &one), combination(&catalogue, &draft(&[("target.kind", "momentum")])));
    }

    #[test]
    fn families_stand_together_in_the_order_of_the_list() {
        let catalogue = catalogue();
        let families = families(catalogue.section("method").unwrap());
        let names: Vec<(&str, Vec<&str>)> =
            families.iter().map(|(name, cards)| (name.as_str(), cards.iter().map(|card| card.name.as_str()).collect())).collect();
        let expected =
            [("contrastive", vec!["simclr", "infonce"]), ("asymmetric", vec!["byol"]), ("labels allowed", vec!["supervised"])];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_card_says_what_it_brings_along_and_whether_it_sees_labels() {
        let catalogue = catalogue();
        let card = |kind: &str| chosen(&catalogue, &draft(&[("method.kind", kind)]), "method").unwrap().clone();
        assert_eq!(brings(&catalogue, &card("byol")), ["Target branch: Momentum encoder"]);
        assert!(brings(&catalogue, &card("simclr")).is_empty());
        assert!(uses_labels(&card("supervised")) && !uses_labels(&card("byol")));
        let byol = draft(&[("method.kind", "byol")]);
        assert_eq!(catalogue.base_of(&byol).get("target.kind"), Some("momentum".into()));
    }
}
