//! What pixels are normalised by: mean and deviation of the training images, or the constants with which an encoder was trained elsewhere.

use super::DataError;
use augsphere_spec::{Knob, Knobs};

/// Means of red, green and blue, then their standard deviations, with pixels in 0..=1, under the names that choose them: torchvision's for `ImageNet`,
/// solo-learn's for the others.
const KNOWN: [(&str, [f32; 6]); 3] = [
    ("cifar10", [0.4914, 0.4822, 0.4465, 0.2470, 0.2435, 0.2616]),
    ("cifar100", [0.5071, 0.4865, 0.4409, 0.2673, 0.2564, 0.2762]),
    ("imagenet", [0.485, 0.456, 0.406, 0.229, 0.224, 0.225]),
];

/// The knob, which the card of every data set has beside its own.
pub(super) fn knob() -> Knob {
    Knob::text(
        "normalise",
        "Normalisation constants",
        "Empty: the mean and deviation of each channel over the training images. For an encoder trained elsewhere, what it was trained with: cifar10 or \
         cifar100 (solo-learn's constants), imagenet (torchvision's), or six numbers, the means of red, green and blue and then their deviations, of \
         pixels from 0 to 1.",
    )
}

/// Mean and deviation of red, green and blue, of pixels in 0..=1.
pub(super) type Constants = ([f32; 3], [f32; 3]);

/// The constants that the knob asks for; nothing if it is empty.
///
/// # Errors
/// [`DataError::Knob`] where it is neither a name nor six numbers that can be.
pub(super) fn constants(knobs: &Knobs) -> Result<Option<Constants>, DataError> {
    let text = knobs.text("normalise").trim();
    if text.is_empty() {
        return Ok(None);
    }
    let known = KNOWN.iter().find(|(name, _)| *name == text).map(|(_, constants)| *constants);
    let constants = known.or_else(|| numbers(text)).ok_or_else(|| DataError::Knob {
        path: "data.normalise",
        expected: "cifar10, cifar100, imagenet, or three means from 0 to 1 and three deviations from 1/255 to 1",
        found: text.to_owned(),
    })?;
    let [mean, deviation] = [0, 3].map(|first| [0, 1, 2].map(|channel| constants[first + channel]));
    Ok(Some((mean, deviation)))
}

/// Six numbers between spaces or commas; nothing if they are no means and deviations.
fn numbers(text: &str) -> Option<[f32; 6]> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let numbers: Vec<f32> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
    let numbers: [f32; 6] = numbers.try_into().ok()?;
    let least = |at| if at < 3 { 0.0 } else { 1.0 / 255.0 };
    numbers.iter().enumerate().all(|(at, number)| (least(at)..=1.0).contains(number)).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Constants>, DataError> {
        let mut knobs = Knobs::default();
        knobs.set("normalise", text);
        constants(&knobs)
    }

    #[test]
    fn names_and_numbers_are_means_and_deviations() {
        let own = Some(([0.1, 0.2, 0.3], [0.4, 0.5, 1.0]));
        for text in ["0.1 0.2 0.3 0.4 0.5 1", "0.1,0.2,0.3,0.4,0.5,1", " 0.1, 0.2, 0.3,  0.4, 0.5, 1 "] {
            assert_eq!(read(text).expect("six numbers"), own, "{text}");
        }
        assert_eq!(read("cifar10").expect("a name"), Some(([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616])));
        for text in ["", "  "] {
            assert_eq!(read(text).expect("nothing"), None);
        }
        assert_eq!(constants(&Knobs::default()).expect("nothing said"), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let bytes = "125.3 123.0 113.9 63.0 62.1 66.7";
        for text in
            ["CIFAR", "0.5", "0.5 0.5 0.5 0.5 0.5", "0 0 0 1 1 0", "0 0 0 1 1 NaN", "-0.1 0 0 1 1 1", bytes, "0 0 0 1 1 1 1"]
        {
            assert!(matches!(read(text), Err(DataError::Knob { path: "data.normalise", .. })), "{text}");
        }
    }
}
