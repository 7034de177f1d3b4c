//! The knobs that pictures of augmented distances share: which images and how many views, and the threshold.

use augsphere_spec::Knob;

/// How many images of each class, `usual` at first, at most `most`.
pub(in crate::plots) fn images(usual: i64, most: i64) -> Knob {
    Knob::int("images", "Images of each class", usual, 2, most, "How many images of each class.")
}

/// How many views of each image.
pub(in crate::plots) fn views(usual: i64) -> Knob {
    let help = "Views of each image, the image itself among them. With few of them distances look larger than they are.";
    Knob::int("views", "Views of each image", usual, 1, 32, help)
}

/// How many classes, `usual` at first.
pub(in crate::plots) fn classes(usual: i64) -> Knob {
    Knob::int("classes", "Classes", usual, 1, 20, "How many classes, the first ones.")
}

/// Which images and random numbers.
pub(in crate::plots) fn draw() -> Knob {
    Knob::int(
        "draw",
        "Draw",
        0,
        0,
        999,
        "0 takes the first images of each class; any other number takes others, and draws other views.",
    )
}

/// The threshold.
pub(in crate::plots) fn delta() -> Knob {
    let help = "Up to this distance, in pixels from 0 to 1, two images count as close; below 0 it is the smallest at which half of each \
        class does.";
    Knob::float("delta", "Threshold \u{3b4}", -1.0, -1.0, 60.0, help)
}
