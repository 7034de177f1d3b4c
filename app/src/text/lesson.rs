//! The idea of the page in four steps, and the words it uses, true for every method.

use augsphere_spec::Card;

/// The words used on the page, with their meanings.
pub const WORDS: [(&str, &str); 13] = [
    ("View", "What is left of an image after one random draw of the augmentations: another crop, other colours."),
    ("Positive pair", "Two views of the same image."),
    (
        "Negatives",
        "Views of other images, from which contrastive methods push an embedding away. Other methods have none: they keep images apart \
         through what the channels of all embeddings do together, through a predictor and a branch without gradient, or not at all.",
    ),
    ("Encoder", "The network that turns an image into a list of numbers, its features. This is what is kept after training."),
    ("Features", "What the encoder returns, before the projector. Accuracy is taken from them."),
    ("Projector", "A small network between the encoder and the sphere, used during training only."),
    (
        "Embedding",
        "What the projector returns, scaled to length 1: a point on a sphere with as many dimensions as it has numbers. The sphere on \
         this page shows embeddings.",
    ),
    (
        "Batch",
        "The images of one step. Contrastive methods compare every view with the others of its batch, so a larger one is harder.",
    ),
    ("Target branch", "Where the points come from that the trained ones are compared with: the same weights, or a slower copy."),
    ("Temperature", "How sharply near and far are told apart: a low one looks almost only at the nearest wrong candidates."),
    (
        "Collapse",
        "Complete: all images on one point, where views agree perfectly and nothing tells images apart. Dimensional: the embeddings use \
         only a few of their directions.",
    ),
    (
        "Validation images",
        "Images the encoder is never trained on. All measures except the loss are taken on them, and they are the dots. Whoever tunes by them \
         fits them a little.",
    ),
    ("Test images", "Images held out until the run stands still: for the last numbers, by which nothing should be chosen."),
];

/// The first three steps of the idea, which are those of every method.
pub const STEPS: [(&str, &str); 3] = [
    ("Take an image", "The colours of the dots are its class, shown for you."),
    ("Make two views", "Crop, recolour, blur: what the views still share is what the encoder can learn."),
    ("Encode both", "The same network puts each view on the sphere."),
];

/// The fourth step: what a method does with the two views.
pub fn mechanism(method: Option<&Card>) -> (&'static str, &'static str) {
    let Some(method) = method else {
        return ("Compare", "The two views attract each other; what keeps images apart depends on the method.");
    };
    match (method.family.as_str(), method.name.as_str()) {
        ("contrastive", _) => ("Pull and push", "The two views attract each other; the views of other images repel them."),
        ("alignment and uniformity", _) => (
            "Align and spread",
            "The two views attract each other, and all images repel each other, as far as the two weights say.",
        ),
        ("asymmetric", _) => {
            ("Predict", "From one view a predictor says where the other lies, which counts as given. No image repels another.")
        }
        ("decorrelation", _) => (
            "Agree and differ",
            "The two views shall agree, while the channels of all embeddings vary and say different things. No image repels another directly.",
        ),
        ("unified", _) => (
            "Pull and balance",
            "The two views attract each other, and the directions in which all images lie are pushed away from.",
        ),
        ("labels allowed", "supervised") => {
            ("Name the class", "This method is told the class: it is the control, not self-supervised.")
        }
        ("labels allowed", _) => {
            ("Clear up the label", "This method is told some labels for each image, and finds out which is right.")
        }
        ("no training", "random") => ("Leave it", "Nothing is trained: the baseline of every evaluation."),
        ("no training", _) => (
            "Pull together",
            "Both views are pulled to their mean, and nothing keeps images apart: an experiment that collapses.",
        ),
        _ => ("Compare", "The two views attract each other; what keeps images apart depends on the method."),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::Catalogue;

    /// Only contrastive methods, and alignment and uniformity, push images from images.
    #[test]
    fn every_method_is_told_by_its_own_mechanism() {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        let unknown = mechanism(None);
        for method in &catalogue.section("method").unwrap().cards {
            let (title, sentence) = mechanism(Some(method));
            assert_ne!((title, sentence), unknown, "{} of a new family has a sentence of its own", method.name);
            let repels = sentence.contains("repel them") || sentence.contains("repel each other");
            assert_eq!(repels, ["contrastive", "alignment and uniformity"].contains(&method.family.as_str()), "{}", method.name);
        }
    }

    #[test]
    fn no_word_calls_everything_else_a_negative() {
        let meaning = |word: &str| WORDS.iter().find(|(known, _)| *known == word).unwrap().1;
        assert!(!meaning("Positive pair").contains("negative") && meaning("Negatives").contains("have none"));
        assert!(meaning("Collapse").contains("Dimensional"));
    }
}
