//! The differences between two experiments in words, as a shelf of runs, a table and a comparison say them.
//!
//! What only follows from another difference (the knobs of another method, the heads that it implies, the second view that follows the first)
//! is not said again.

use crate::{Card, Catalogue, Change, Choice, Experiment, Knob, KnobKind, Section, Value};

/// The knob that says how often an augmentation is applied: at 0 the augmentation is off.
const PROBABILITY: &str = "probability";

/// Sections whose knobs are called by the section, too: `projector layers`, because an encoder has layers as well.
const NAMED: [&str; 4] = ["encoder", "projector", "predictor", "target"];

/// Words that keep their capital inside a sentence although nothing but their first letter is one.
const PROPER: [&str; 2] = ["Adam", "Gaussian"];

/// One thing in which two experiments differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Dotted path: `method.temperature`, `method.kind`; `augment.grayscale` where an augmentation is switched on or off.
    pub path: String,
    /// In words, from the first to the second: `temperature 0.2 to 1`, `no grayscale`, `after 200 steps method BYOL`.
    pub words: String,
}

/// In what `other` differs from `one`, both as they began: the sections in the order of the catalogue, then the seed, then the changes on the
/// way. Names are no differences.
pub fn differences(catalogue: &Catalogue, one: &Experiment, other: &Experiment) -> Vec<Difference> {
    let bases = [catalogue.base_of(one), catalogue.base_of(other)];
    let pair = Pair { catalogue, one, other, bases };
    let mut found = Vec::new();
    for section in &catalogue.sections {
        if section.all {
            section.cards.iter().for_each(|card| pair.applied(section, card, &mut found));
        } else {
            pair.chosen(section, &mut found);
        }
    }
    if one.seed != other.seed {
        found.push(Difference { path: "seed".into(), words: format!("seed {} to {}", one.seed, other.seed) });
    }
    pair.changes(&mut found);
    found
}

/// Two experiments, and what each would be if only its kinds had been said.
struct Pair<'a> {
    catalogue: &'a Catalogue,
    one: &'a Experiment,
    other: &'a Experiment,
    bases: [Experiment; 2],
}

impl Pair<'_> {
    /// Differences of a section with one chosen card.
    fn chosen(&self, section: &Section, found: &mut Vec<Difference>) {
        let card = |experiment: &Experiment| section.card(&experiment.choice(&section.name)?.kind).cloned();
        let (Some(before), Some(after)) = (card(self.one), card(self.other)) else { return };
        if before.name != after.name && !self.kind_follows(section) {
            let (title, before, after) = (inside(&section.title), inside(&before.title), inside(&after.title));
            let names_itself = before.to_lowercase().contains(&title) && after.to_lowercase().contains(&title);
            let prefix = if names_itself { String::new() } else { format!("{title} ") };
            found.push(Difference { path: format!("{}.kind", section.name), words: format!("{prefix}{before} to {after}") });
        }
        let prefix = |knob: &Knob| {
            let named = NAMED.contains(&section.name.as_str()) || self.ambiguous(section, knob);
            if named { format!("{} ", inside(&section.title)) } else { String::new() }
        };
        self.knobs(section, &after, &section.name, prefix, found);
    }

    /// Differences of a card that applies beside others.
    fn applied(&self, section: &Section, card: &Card, found: &mut Vec<Difference>) {
        let path = format!("{}.{}", section.name, card.name);
        let view = if section.follows.is_some() { format!("{}: ", inside(&section.title)) } else { String::new() };
        let title = inside(&card.title);
        if let Some(knob) = card.knob(PROBABILITY)
            && let Some((before, after)) = self.values(section, card, knob)
        {
            let is_off = |value: &Value| value.as_float() == Some(0.0);
            match (is_off(&before), is_off(&after)) {
                (true, true) => return,
                (false, true) => {
                    if !self.follows(section, card, knob) {
                        found.push(Difference { path, words: format!("{view}no {title}") });
                    }
                    return;
                }
                (true, false) if !self.follows(section, card, knob) => {
                    let words = format!("{view}{title} with probability {}", said(knob, &after));
                    found.push(Difference { path: path.clone(), words });
                    let others = card.knobs.iter().filter(|knob| knob.name != PROBABILITY).cloned().collect();
                    let others = Card { knobs: others, ..card.clone() };
                    return self.knobs(section, &others, &path, |_| format!("{view}{title} "), found);
                }
                _ => {}
            }
        }
        self.knobs(section, card, &path, |_| format!("{view}{title} "), found);
    }

    /// Differences in the knobs of the second experiment's card.
    fn knobs(&self, section: &Section, card: &Card, path: &str, prefix: impl Fn(&Knob) -> String, found: &mut Vec<Difference>) {
        for knob in &card.knobs {
            let Some((before, after)) = self.values(section, card, knob) else { continue };
            if before != after && !self.follows(section, card, knob) {
                let words = format!("{}{}", prefix(knob), changed(knob, &before, &after));
                found.push(Difference { path: format!("{path}.{}", knob.name), words });
            }
        }
    }

    /// The card of a section in each of two experiments; of a section with one chosen card whichever is chosen.
    fn choices<'e>(section: &Section, card: &Card, experiments: [&'e Experiment; 2]) -> [Option<&'e Choice>; 2] {
        experiments.map(
            |experiment| {
                if section.all { experiment.card(&section.name, &card.name) } else { experiment.choice(&section.name) }
            },
        )
    }

    /// The value of a knob in both experiments. Where the first one's card has no such knob, what the second one's would be by itself.
    fn values(&self, section: &Section, card: &Card, knob: &Knob) -> Option<(Value, Value)> {
        let [before, after] = Self::choices(section, card, [self.one, self.other]);
        let value = |choice: Option<&Choice>| choice.and_then(|choice| choice.knobs.0.get(&knob.name)).cloned();
        let by_itself = || value(Self::choices(section, card, [&self.bases[0], &self.bases[1]])[1]);
        Some((value(before).or_else(by_itself)?, value(after)?))
    }

    /// Whether the knob has in both experiments the value that it has where nothing is said of it.
    fn follows(&self, section: &Section, card: &Card, knob: &Knob) -> bool {
        let said = Self::choices(section, card, [self.one, self.other]);
        let base = Self::choices(section, card, [&self.bases[0], &self.bases[1]]);
        said.iter().zip(base).all(|(said, base)| match (said, base) {
            (Some(said), Some(base)) => said.knobs.0.get(&knob.name) == base.knobs.0.get(&knob.name),
            _ => true,
        })
    }

    /// Whether both experiments have the card in `section` that they have where nothing is said of it.
    fn kind_follows(&self, section: &Section) -> bool {
        [self.one, self.other].iter().all(|experiment| {
            let kind = experiment.choice(&section.name).map(|choice| choice.kind.clone());
            self.catalogue.default_kind(experiment, section) == kind
        })
    }

    /// Whether a chosen card of another section has a knob of the same title.
    fn ambiguous(&self, section: &Section, knob: &Knob) -> bool {
        let others = self.catalogue.sections.iter().filter(|other| !other.all && other.name != section.name);
        others.into_iter().any(|other| {
            let cards = [self.one, self.other].map(|experiment| other.card(&experiment.choice(&other.name)?.kind));
            cards.into_iter().flatten().flat_map(|card| &card.knobs).any(|known| known.title.eq_ignore_ascii_case(&knob.title))
        })
    }

    /// Changes on the way that only one of the two makes.
    fn changes(&self, found: &mut Vec<Difference>) {
        for change in self.one.changes.iter().filter(|change| !self.other.changes.contains(change)) {
            let words = format!("without {} after {} steps", self.change(change), change.at);
            found.push(Difference { path: change.path.clone(), words });
        }
        for change in self.other.changes.iter().filter(|change| !self.one.changes.contains(change)) {
            let words = format!("after {} steps {}", change.at, self.change(change));
            found.push(Difference { path: change.path.clone(), words });
        }
    }

    /// What a change sets: `method BYOL`, `temperature 0.1`.
    fn change(&self, change: &Change) -> String {
        set_to(self.catalogue, &change.path, &change.value)
    }
}

/// What a value at a dotted path is, in words inside a sentence: `method BYOL`, `temperature 0.1`, `no grayscale`.
pub fn set_to(catalogue: &Catalogue, path: &str, value: &Value) -> String {
    let plain = || format!("{path} {}", text(value));
    let Some((section, rest)) = path.split_once('.').and_then(|(name, rest)| Some((catalogue.section(name)?, rest))) else {
        return plain();
    };
    let (card, name) = rest.split_once('.').map_or((None, rest), |(card, name)| (section.card(card), name));
    if name == "kind" {
        let title = value.as_text().and_then(|kind| section.card(kind)).map_or_else(|| text(value), |card| inside(&card.title));
        let section = inside(&section.title);
        return if title.to_lowercase().contains(&section) { title } else { format!("{section} {title}") };
    }
    let view = if section.follows.is_some() { format!("{}: ", inside(&section.title)) } else { String::new() };
    let knob = match card {
        Some(card) => card.knob(name),
        None => section.cards.iter().find_map(|card| card.knob(name)),
    };
    let Some(knob) = knob else { return plain() };
    let prefix = match card {
        Some(card) if name == PROBABILITY && value.as_float() == Some(0.0) => {
            return format!("{view}no {}", inside(&card.title));
        }
        Some(card) => format!("{view}{} ", inside(&card.title)),
        None if NAMED.contains(&section.name.as_str()) => format!("{} ", inside(&section.title)),
        None => String::new(),
    };
    match value {
        Value::Bool(true) => format!("{prefix}{}", inside(&knob.title)),
        Value::Bool(false) => format!("{prefix}no {}", inside(&knob.title)),
        _ => format!("{prefix}{} {}", inside(&knob.title), said(knob, value)),
    }
}

/// A knob from one value to another: `temperature 0.2 to 1`, `unit length`, `no unit length`.
fn changed(knob: &Knob, before: &Value, after: &Value) -> String {
    let title = inside(&knob.title);
    match after {
        Value::Bool(true) => title,
        Value::Bool(false) => format!("no {title}"),
        _ => {
            let (short, long) = ([said(knob, before), said(knob, after)], [text(before), text(after)]);
            // Two values that are told apart by their last digits only.
            let [before, after] = if short[0] == short[1] { long } else { short };
            format!("{title} {before} to {after}")
        }
    }
}

/// A knob's value for people.
fn said(knob: &Knob, value: &Value) -> String {
    match (&knob.kind, value) {
        (KnobKind::Choice { .. }, Value::Text(name)) => name.replace('_', " "),
        (_, Value::Text(text)) if text.is_empty() => "none".into(),
        (_, Value::Float(value)) => number(*value),
        _ => text(value),
    }
}

/// A value as it is written, text without quotation marks.
fn text(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_string(), str::to_owned)
}

/// A number with four digits that count, without zeros at its end.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let before_the_point = value.abs().log10().floor() as i32 + 1;
    let digits = usize::try_from(4 - before_the_point).unwrap_or(0).min(12);
    let written = format!("{value:.digits$}");
    if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.').to_owned() } else { written }
}

/// A title as it stands inside a sentence: `random resized crop`, `SimCLR`, `Barlow Twins`, `Gaussian blur`.
fn inside(title: &str) -> String {
    let mut words = title.split_whitespace();
    let first = words.next().unwrap_or_default();
    let next_is_name = words.next().is_some_and(|word| word.chars().all(char::is_alphabetic) && is_capitalised(word));
    if is_capitalised(first) && !next_is_name && !PROPER.contains(&first) {
        first.to_lowercase() + &title[first.len()..]
    } else {
        title.to_owned()
    }
}

/// Whether a word is a capital followed by nothing but small letters (and signs).
fn is_capitalised(word: &str) -> bool {
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase);
    capital && word.chars().count() > 1 && letters.all(|letter| !letter.is_uppercase() && !letter.is_numeric() && letter != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_keep_their_capitals_only_where_they_are_names() {
        for (title, words) in [
            ("Random resized crop", "random resized crop"),
            ("Gaussian blur", "Gaussian blur"),
            ("Barlow Twins", "Barlow Twins"),
            ("SimCLR", "SimCLR"),
            ("MoCo v1", "MoCo v1"),
            ("ResNet-18 for small images", "ResNet-18 for small images"),
            ("Gradient of SimCLR, one half", "gradient of SimCLR, one half"),
            ("kNN accuracy", "kNN accuracy"),
            ("T", "T"),
            ("R_epsilon", "R_epsilon"),
            ("Nearest-centre accuracy", "nearest-centre accuracy"),
            ("Adam", "Adam"),
            ("CIFAR-10", "CIFAR-10"),
            ("", ""),
        ] {
            assert_eq!(inside(title), words);
        }
    }

    #[test]
    fn numbers_have_the_digits_that_count() {
        for (value, written) in [
            (0.2, "0.2"),
            (1.0, "1"),
            (4.0 / 3.0, "1.333"),
            (1e-6, "0.000001"),
            (123_456.0, "123456"),
            (0.0, "0"),
            (-0.25, "-0.25"),
        ] {
            assert_eq!(number(value), written);
        }
    }
}
