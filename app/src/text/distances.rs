//! Sentences about augmented distances: the heat map, a pair of images, the bias of few views.

use crate::model::distances::Answer;
use crate::model::distances::answer::Means;
use augsphere_charts::plots::closest::meeting;
pub use augsphere_charts::plots::theorem::{greek, quantity};

/// A distance as people read it.
pub fn distance(value: f64) -> String {
    if value.is_finite() { format!("{value:.1}") } else { "\u{2013}".to_owned() }
}

/// By how much of itself a number fell: 0.25 from 8 to 6.
pub(super) fn fall(before: f64, after: f64) -> f64 {
    if before > 0.0 { (before - after) / before } else { 0.0 }
}

/// What the heat map shows: how near images of a class and of different classes come, and whether that is sharp or blunt.
pub fn heat(near: Means, plain: Means) -> String {
    let (Some(within), Some(before)) = (near.within, plain.within) else {
        return "Take at least two images of a class to see how near they come.".into();
    };
    let inside = format!(
        "Two different images of one class are {} apart on average, and {} once the augmentations may choose their nearest views.",
        distance(before),
        distance(within)
    );
    let (Some(between), Some(apart)) = (near.between, plain.between) else {
        return format!("{inside} Sharp concentration: every cell is strongly coloured; blunt: many stay pale.");
    };
    let ratio = within / between.max(1e-9);
    let verdict = if ratio < 0.75 {
        format!("That is fairly sharp: a class lies {:.0} % closer together than it lies to the others.", 100.0 * (1.0 - ratio))
    } else if ratio < 0.95 {
        format!(
            "That is still blunt: a class lies only {:.0} % closer together than it lies to the others.",
            100.0 * (1.0 - ratio)
        )
    } else {
        "That is blunt: the augmentations bring images of different classes as near to each other as those of one class."
            .to_owned()
    };
    format!(
        "{inside} Between classes: {} and {}. Sharp concentration would be strongly coloured squares along the diagonal and pale \
         ones beside them. {verdict}",
        distance(apart),
        distance(between)
    )
}

/// What more views do: the bias of distances that are measured with finitely many.
pub fn bias(by_views: &[(usize, f64, f64)]) -> String {
    let (Some(first), Some(last)) = (by_views.first(), by_views.last()) else { return String::new() };
    let half = by_views.iter().rev().find(|row| 2 * row.0 <= last.0).unwrap_or(first);
    if last.0 <= first.0 {
        return String::new();
    }
    let still = if fall(half.1, last.1) > 0.03 {
        "It has not settled: the true distances are smaller still, so compare policies at equally many views only."
    } else {
        "It has nearly settled: more views would change little."
    };
    format!(
        "With {} views the mean distance within classes is {}, with {} it is {}. Fewer views always make distances look larger \
         and sigma smaller than they are. {still}",
        half.0,
        distance(half.1),
        last.0,
        distance(last.1)
    )
}

/// What the closest pair says.
pub fn pair(answer: &Answer, one: usize, other: usize, share: f64, names: &[String]) -> String {
    let name = |image: usize| answer.data.classes.get(image).and_then(|&class| names.get(class)).map_or("", String::as_str);
    let (plain, near) = (answer.plain.at(one, other), answer.near.at(one, other));
    let kind = if answer.data.classes[one] == answer.data.classes[other] {
        format!("Two different images of \u{201c}{}\u{201d}", name(one))
    } else {
        format!("An image of \u{201c}{}\u{201d} and one of \u{201c}{}\u{201d}", name(one), name(other))
    };
    format!(
        "{kind}: {} apart as they are, {} at their closest views, which agree on {:.0} % of their pixels. {}",
        distance(plain),
        distance(near),
        100.0 * share,
        meeting(plain, near)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::distances::answer::example::answer;

    fn means(within: f64, between: f64) -> Means {
        Means { within: Some(within), between: Some(between) }
    }

    #[test]
    fn sharp_and_blunt_are_told_apart() {
        let plain = means(10.0, 12.0);
        assert!(heat(means(4.0, 9.0), plain).contains("fairly sharp: a class lies 56 % closer"));
        assert!(heat(means(8.0, 9.0), plain).contains("still blunt"));
        assert!(heat(means(9.0, 9.0), plain).contains("is blunt"));
        assert!(heat(Means { within: None, between: Some(1.0) }, plain).contains("at least two images"));
        assert!(!heat(Means { within: Some(3.0), between: None }, plain).contains("Between"), "one class has nothing beside it");
    }

    #[test]
    fn the_bias_is_said() {
        assert!(bias(&[(1, 9.0, 9.0), (8, 6.0, 7.0), (16, 5.0, 6.0)]).contains("has not settled"));
        assert!(
            bias(&[(1, 9.0, 9.0), (8, 5.01, 7.0), (16, 5.0, 6.0)])
                .starts_with("With 8 views the mean distance within classes is 5.0")
        );
        assert_eq!(bias(&[(1, 9.0, 9.0)]), "");
    }

    #[test]
    fn a_pair_is_described_by_its_fall() {
        let names = ["dog", "", "", "cat"].map(str::to_owned);
        let text = pair(&answer(), 0, 1, 0.42, &names);
        assert!(text.starts_with("Two different images of \u{201c}dog\u{201d}: 8.0 apart") && text.contains("42 %"), "{text}");
        assert!(text.contains("nearly meet"), "{text}");
        assert!(
            pair(&answer(), 2, 3, 0.1, &names).contains("not together") || pair(&answer(), 2, 3, 0.1, &names).contains("hardly")
        );
        assert!(pair(&answer(), 0, 2, 0.1, &names).starts_with("An image of \u{201c}dog\u{201d} and one of \u{201c}cat\u{201d}"));
    }
}
