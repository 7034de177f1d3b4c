//! Sentences about Theorem 1 of Huang et al.: what it is asked of, and what came out.

use super::distances::greek;
use augsphere_spec::{Quantity, TheoremCase};

/// What the theorem can be asked of: with a name for the control and one for people.
pub const CASES: [(TheoremCase, &str, &str); 3] = [
    (TheoremCase::Features, "features", "Features, before the projector"),
    (TheoremCase::Embedding, "embedding", "Embedding, after the projector"),
    (TheoremCase::Constructed, "constructed", "A constructed case in which the condition holds"),
];

/// The case with this name; the first if there is none.
pub fn case_named(name: &str) -> TheoremCase {
    CASES.iter().find(|case| case.1 == name).map_or_else(TheoremCase::default, |case| case.0)
}

/// What a case looks at.
pub fn about(case: TheoremCase) -> &'static str {
    match case {
        TheoremCase::Features => {
            "The run's features of these images' views, scaled to length 1: what the nearest neighbours vote by. The error is that of \
             held-out images."
        }
        TheoremCase::Embedding => {
            "The run's embedding of these images' views, on the unit sphere: what the loss sees, and not what is used afterwards. The \
             error is that of held-out images."
        }
        TheoremCase::Constructed => {
            "No encoder of yours: images of two pixels, of which the right one is that of the class. A crop to the right half is the same \
             for all images of a class, so each two share an augmented image (\u{3c3} = 1 at \u{3b4} = 0), and the encoder reads that \
             pixel, so all views of an image coincide (perfect alignment, R = 0). These are all the views there are."
        }
    }
}

/// Whether the condition holds, from the last quantity of an answer.
pub fn verdict(last: Option<&Quantity>) -> String {
    match last {
        Some(last) => format!("Does it hold here? {}", greek(&last.words)),
        None => "Comes with the complete answer, once a run has begun.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_and_says_what_it_looks_at() {
        for (case, name, title) in CASES {
            assert_eq!(case_named(name), case);
            assert!(!title.is_empty() && about(case).len() > 40);
        }
        assert_eq!(case_named("of another version"), TheoremCase::Features);
        assert!(about(TheoremCase::Features).contains("held-out") && about(TheoremCase::Embedding).contains("held-out"));
    }

    #[test]
    fn the_verdict_is_that_of_the_answer() {
        let last = Quantity { symbol: "verdict".into(), value: 1.0, words: "The condition is not refuted: sigma.".into() };
        assert_eq!(verdict(Some(&last)), "Does it hold here? The condition is not refuted: \u{3c3}.");
        assert!(verdict(None).starts_with("Comes with"));
    }
}
