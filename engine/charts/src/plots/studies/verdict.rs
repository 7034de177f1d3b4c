//! The small experiments beside the published ones: do the policies come out in the published order?

use super::study::{called, complete, error, letters};
use crate::statistics::{Estimate, too_close};
use augsphere_spec::{StudyKind, StudyRow};

/// Seeds that a verdict takes at least: with fewer there is no telling a policy from its seed.
pub(super) const SEEDS: usize = 3;

/// Whether `other` errs more (`Some(true)`) or less (`Some(false)`) than `one`; nothing where that is too close to tell.
///
/// The difference of two policies is taken seed by seed, because a seed gives both the same start and the same batches. Its mean must
/// leave two margins: the 95 % t-interval over at least three seeds lies on one side of 0, and the mean is at least two standard
/// errors of the validation images, which all seeds share.
pub(super) fn errs_more(one: &StudyRow, other: &StudyRow) -> Option<bool> {
    let differences: Vec<f64> = one.errors.iter().zip(&other.errors).map(|(one, other)| other - one).collect();
    let over_seeds = Estimate::of(&differences)?;
    let over_images = !too_close(error(one)?, error(other)?, one.images);
    (over_images && (over_seeds.above() || over_seeds.below())).then(|| over_seeds.above())
}

/// The published order (SimCLR on CIFAR-10), as the page says it.
pub(super) fn published(kind: StudyKind) -> &'static str {
    match kind {
        StudyKind::Richness => "a \u{2248} ab > abc > abcd > abcde (error; 37 % down to 10 % on CIFAR-10)",
        StudyKind::Strength => "strength 1 < 1/2 < 1/4 < 1/8 (error; 17 % up to 26 % on CIFAR-10)",
        StudyKind::Pairs => "(a, d) has the smallest error and the smallest 1 \u{2212} \u{3c3} of all ten pairs",
        StudyKind::Targets => {
            "a momentum encoder is better than a stop-gradient in all three families (top-1 on ImageNet 70.0, 70.2, 69.8 over 67.6 to 67.9), \
             and one in the positive term alone about as good"
        }
    }
}

/// Whether a finished study has the published order, in words; nothing before it is finished.
///
/// Two policies count neither way where they are too close to tell: see [`errs_more`].
pub(super) fn verdict(kind: StudyKind, rows: &[StudyRow]) -> Option<String> {
    if rows.len() < 2 || !complete(rows) {
        return None;
    }
    let seeds = rows.iter().map(|row| row.errors.len()).min()?;
    if seeds < SEEDS {
        let had = if seeds == 1 { "one seed".to_owned() } else { format!("{seeds} seeds") };
        return Some(format!(
            "Too close to tell: with {had} a policy cannot be told from its luck. Take at least {SEEDS} seeds."
        ));
    }
    let errors: Vec<f64> = rows.iter().map(error).collect::<Option<_>>()?;
    Some(match kind {
        StudyKind::Pairs => best_pair(rows, &errors),
        StudyKind::Richness | StudyKind::Strength => order(kind, rows, &errors),
        StudyKind::Targets => targets(rows),
    })
}

/// Of each family, whether a momentum target errs less than a stop-gradient.
fn targets(rows: &[StudyRow]) -> String {
    let mut said = Vec::new();
    for family in rows.chunk_by(|a, b| a.letters == b.letters) {
        let Some((stopped, others)) = family.split_first() else { continue };
        for other in others {
            let found = match errs_more(stopped, other) {
                Some(true) => "errs more",
                Some(false) => "errs less",
                None => "is too close to tell",
            };
            said.push(format!("{}, {} {found}", stopped.letters, other.words));
        }
    }
    format!("Beside the stop-gradient: {}.", said.join("; "))
}

fn percent(error: f64) -> String {
    format!("{:.1} %", 100.0 * error)
}

/// Which pair has the smallest error, and which others cannot be told from it.
fn best_pair(rows: &[StudyRow], errors: &[f64]) -> String {
    let best = (0..errors.len()).fold(0, |best, other| if errors[other] < errors[best] { other } else { best });
    let near = (0..errors.len()).filter(|&other| other != best && errs_more(&rows[best], &rows[other]).is_none());
    let near: Vec<&str> = near.map(|other| rows[other].letters.as_str()).collect();
    let close = if near.is_empty() { String::new() } else { format!("; too close to it to tell: {}", near.join(", ")) };
    let first = format!("{} has the smallest mean error, {}{close}", rows[best].letters, percent(errors[best]));
    if near.len() + 1 == rows.len() {
        format!("Too close to tell: {first}. The paper states (a, d).")
    } else if letters(&rows[best]) == "ad" {
        format!("{first}. The paper states (a, d), too.")
    } else if near.iter().any(|other| other.contains("a, d")) {
        format!("{first}. The paper states (a, d), which this experiment cannot rule out.")
    } else {
        format!("{first}. The paper states (a, d): the order does not agree.")
    }
}

/// Every two policies that were published as different: how many come out in that order, and how many too close to tell.
fn order(kind: StudyKind, rows: &[StudyRow], errors: &[f64]) -> String {
    // The error should fall from a to abcde, and rise as the strength falls; a and ab are published as equal.
    let falls = kind == StudyKind::Richness;
    let pairs = (0..errors.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    let pairs: Vec<(usize, usize)> = pairs.filter(|pair| !(falls && *pair == (0, 1))).collect();
    let name = |index: usize| called(&rows[index], rows);
    let (mut agree, mut close, mut against) = (0, 0, Vec::new());
    for &(first, second) in &pairs {
        match errs_more(&rows[first], &rows[second]) {
            None => close += 1,
            Some(more) if more != falls => agree += 1,
            Some(_) => {
                against.push(format!("{} {}, {} {}", name(first), percent(errors[first]), name(second), percent(errors[second])))
            }
        }
    }
    if close == pairs.len() {
        return format!(
            "Too close to tell: none of the {close} pairs of policies that were published as different can be told apart."
        );
    }
    let against = match against.as_slice() {
        [] => "none the other way round".to_owned(),
        some => format!("{} the other way round ({})", some.len(), some.join("; ")),
    };
    format!(
        "Of the {} pairs of policies that were published as different, {agree} come out in the published order, {against}, and {close} are \
         too close to tell.",
        pairs.len()
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::testing::{rows, seeded};
    use super::*;

    #[test]
    fn the_order_of_richness() {
        let verdict_of = |errors: [f64; 5]| {
            let names = ["(a)", "(a, b)", "(a, b, c)", "(a, b, c, d)", "(a, b, c, d, e)"];
            let data: Vec<(&str, f64, f64)> = names.into_iter().zip(errors).map(|(name, error)| (name, error, error)).collect();
            verdict(StudyKind::Richness, &rows(&data)).unwrap()
        };
        let text = verdict_of([0.5, 0.58, 0.4, 0.3, 0.2]);
        assert!(text.starts_with("Of the 9 pairs"), "a and ab count as equal: {text}");
        assert!(text.contains("9 come out in the published order, none the other way round, and 0 are"), "{text}");
        let text = verdict_of([0.5, 0.5, 0.3, 0.4, 0.2]);
        assert!(text.contains("1 the other way round ((a, b, c) 30.0 %, (a, b, c, d) 40.0 %)"), "{text}");
    }

    /// A point or two of a thousand images is chance, whichever way it goes.
    #[test]
    fn errors_that_hardly_differ_agree_with_nothing() {
        let strength = |errors: [f64; 4]| {
            let data: Vec<(&str, f64, f64)> = errors.into_iter().map(|error| ("(a, d)", 0.1, error)).collect();
            verdict(StudyKind::Strength, &rows(&data)).unwrap()
        };
        assert!(strength([0.2, 0.3, 0.4, 0.5]).contains("6 come out in the published order, none"));
        assert!(strength([0.40, 0.39, 0.41, 0.42]).starts_with("Too close to tell: none of the 6 pairs"));
        assert!(strength([0.3, 0.1, 0.4, 0.5]).contains("1 the other way round"));
    }

    /// Whatever its errors, a study of one seed or two orders nothing.
    #[test]
    fn fewer_than_three_seeds_are_too_close_to_tell() {
        let told = [("(a)", 0.3, 0.6), ("(a, b)", 0.3, 0.6), ("(a, b, c)", 0.2, 0.3), ("(a, b, c, d)", 0.1, 0.1)];
        for (seeds, word) in [(1, "one seed"), (2, "2 seeds")] {
            let told = seeded(&told, &|_, error| vec![error; seeds]);
            for kind in [StudyKind::Richness, StudyKind::Strength, StudyKind::Pairs] {
                let text = verdict(kind, &told).unwrap();
                assert!(text.starts_with("Too close to tell") && text.contains(word) && text.contains("3 seeds"), "{text}");
            }
        }
        let text =
            verdict(StudyKind::Strength, &seeded(&told[2..], &|index, error| vec![error - 0.2 * index as f64; 3])).unwrap();
        assert!(text.contains("1 the other way round"), "{text}");
    }

    /// A mean difference of ten points over three seeds that differ by more is chance, however many images were held out.
    #[test]
    fn seeds_that_disagree_are_too_close_to_tell() {
        let scattered = |index: usize, error: f64| match index {
            0 => vec![error; 3],
            _ => vec![error - 0.1, error, error + 0.1],
        };
        let told = seeded(&[("(a, d)", 0.1, 0.3), ("(a, d)", 0.1, 0.4)], &scattered);
        assert_eq!(errs_more(&told[0], &told[1]), None);
        assert!(verdict(StudyKind::Strength, &told).unwrap().starts_with("Too close to tell"));
        // The same difference for every seed is one.
        let steady = seeded(&[("(a, d)", 0.1, 0.3), ("(a, d)", 0.1, 0.4)], &|_, error| vec![error - 0.1, error, error + 0.1]);
        assert_eq!((errs_more(&steady[0], &steady[1]), errs_more(&steady[1], &steady[0])), (Some(true), Some(false)));
    }

    #[test]
    fn the_best_of_the_pairs_is_named_with_those_that_cannot_be_told_from_it() {
        let pairs = |others: f64, best: f64| {
            verdict(StudyKind::Pairs, &rows(&[("(a, b)", 0.2, others), ("(a, d)", 0.1, best), ("(b, c)", 0.2, 0.7)])).unwrap()
        };
        assert!(pairs(0.3, 0.2).starts_with("(a, d) has the smallest mean error, 20.0 %. The paper states (a, d), too."));
        assert!(pairs(0.21, 0.2).contains("too close to it to tell: (a, b)."));
        assert!(pairs(0.3, 0.31).contains("cannot rule out"));
        assert!(pairs(0.3, 0.4).contains("does not agree"));
    }

    #[test]
    fn nothing_is_said_before_the_end() {
        let mut told = rows(&[("(a)", 0.2, 0.3), ("(a, b)", 0.1, 0.2)]);
        told[1].errors.pop();
        assert_eq!(verdict(StudyKind::Richness, &told), None);
        assert_eq!(verdict(StudyKind::Richness, &told[..1]), None);
    }

    /// Seeds decide whether a momentum target is better; a family without one of the targets has no sentence for it.
    #[test]
    fn targets_are_compared_with_the_stop_gradient_of_their_family() {
        let row = |letters: &str, words: &str, error: f64| StudyRow {
            letters: letters.into(),
            words: words.into(),
            errors: (0..4).map(|seed| error + 0.001 * f64::from(seed)).collect(),
            seeds: 4,
            total: 3,
            images: 100_000,
            ..StudyRow::default()
        };
        let rows = [
            row("contrastive", "stop-gradient", 0.4),
            row("contrastive", "momentum", 0.3),
            row("asymmetric", "stop-gradient", 0.5),
        ];
        let told = verdict(StudyKind::Targets, &rows).unwrap();
        assert_eq!(told, "Beside the stop-gradient: contrastive, momentum errs less.");
    }
}
