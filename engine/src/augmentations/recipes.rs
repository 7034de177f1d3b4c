//! The augmentations that the papers used.
//!
//! Sizes are for images of 32 pixels (METHODS.md 3.4 and 9.6). A recipe says for every augmentation whether it is on, so that taking
//! one leaves nothing of what was there before.

use super::cards;
use augsphere_spec::{Choice, Recipe, Value};

/// The five transformations of Huang et al. by their letters: how each is switched on.
const LETTERS: [(char, &str, &[Setting]); 5] = [
    ('a', "crop", &[("crop.probability", 1.0)]),
    // The authors' blur always has radius 1 on these images (METHODS.md 3.4).
    ('b', "blur", &[("blur.probability", 0.5), ("blur.sigma_min", 1.0), ("blur.sigma_max", 1.0), ("blur.kernel", 7.0)]),
    ('c', "grayscale", &[("grayscale.probability", 0.2)]),
    ('d', "colour jitter", &[("jitter.probability", 0.8)]),
    ('e', "flip", &[("flip.probability", 0.5)]),
];

/// Path below the section, and value.
type Setting = (&'static str, f64);

const CROP: Setting = ("crop.probability", 1.0);
const FROM_A_FIFTH: Setting = ("crop.scale_min", 0.2);
const FLIP: Setting = ("flip.probability", 0.5);
const JITTER: Setting = ("jitter.probability", 0.8);
const GRAY: Setting = ("grayscale.probability", 0.2);

/// All of them, in the order of the menu.
pub fn recipes() -> Vec<Recipe> {
    let mut all = vec![
        recipe(
            "simclr",
            "SimCLR and MoCo's demo, CIFAR-10",
            "Crops from 8 % of the image, flips, colour jitter of strength 0.5, colour dropped from every fifth view.",
            "Chen et al. 2020, arXiv:2002.05709, appendix B.9",
            &[CROP, FLIP, JITTER, GRAY],
            &[],
        ),
        recipe(
            "moco_v2",
            "MoCo v2, as on ImageNet",
            "Crops from 20 % of the image, flips, colour jitter, colour dropped, half of the views blurred.",
            "Chen, Fan, Girshick, He 2020, arXiv:2003.04297",
            &[CROP, FROM_A_FIFTH, FLIP, JITTER, GRAY, ("blur.probability", 0.5)],
            &[],
        ),
        recipe(
            "byol",
            "BYOL and Barlow Twins, two unlike views",
            "The first view is always blurred; the second hardly ever, but one in five is solarized.",
            "Grill et al. 2020, arXiv:2006.07733, appendix B; Zbontar et al. 2021, arXiv:2103.03230",
            &[CROP, FLIP, JITTER, ("jitter.saturation", 0.2), GRAY, ("blur.probability", 1.0)],
            &[("blur.probability", 0.1), ("solarize.probability", 0.2)],
        )
        .with("augment.crop.interpolation", "bicubic"),
        recipe(
            "simsiam",
            "SimSiam, CIFAR-10",
            "Like SimCLR's, but crops show at least a fifth of the image.",
            "Chen, He 2021, arXiv:2011.10566, appendix D",
            &[CROP, FROM_A_FIFTH, FLIP, JITTER, GRAY],
            &[],
        ),
        recipe(
            "pico",
            "PiCO, a weak and a strong view",
            "The first view is SimSiam's. The second should be RandAugment's; rotation, solarizing and stronger colours stand in for it.",
            "Wang et al. 2022, arXiv:2201.08984",
            &[CROP, FROM_A_FIFTH, FLIP, JITTER, GRAY],
            &[
                ("jitter.strength", 2.0),
                ("rotation.probability", 0.5),
                ("solarize.probability", 0.2),
                ("grayscale.probability", 0.0),
            ],
        ),
    ];
    all.extend(["a", "b", "c", "d", "e"].map(letters));
    all.extend(["ab", "abc", "abcd", "abcde"].map(letters));
    all.extend(["ac", "ad", "ae", "bc", "bd", "be", "cd", "ce", "de"].map(letters));
    all.extend([1, 2, 4, 8].map(strength));
    all
}

/// The augmentations of the first view by a recipe: each card at its defaults but for what the recipe says. `None` of a recipe that is
/// not in the list.
pub fn recipe_choices(name: &str) -> Option<Vec<Choice>> {
    let recipe = recipes().into_iter().find(|recipe| recipe.name == name)?;
    let chosen = cards().into_iter().map(|card| {
        let mut knobs = card.defaults();
        for (path, value) in &recipe.values {
            if let Some(knob) = path.strip_prefix("augment.").and_then(|path| path.strip_prefix(&format!("{}.", card.name))) {
                knobs.set(knob, value.clone());
            }
        }
        Choice { kind: card.name, knobs }
    });
    Some(chosen.collect())
}

trait With {
    fn with(self, path: &str, value: &str) -> Self;
}

impl With for Recipe {
    fn with(mut self, path: &str, value: &str) -> Self {
        self.values.push((path.to_owned(), value.into()));
        self
    }
}

/// Everything off that is not in `first`; the second view differs from the first in `second`.
fn recipe(name: &str, title: &str, summary: &str, paper: &str, first: &[Setting], second: &[Setting]) -> Recipe {
    let off = cards().into_iter().map(|card| (format!("augment.{}.probability", card.name), Value::Float(0.0)));
    let mut values: Vec<(String, Value)> = off.collect();
    for (section, settings) in [("augment", first), ("second", second)] {
        for &(path, number) in settings {
            let path = format!("{section}.{path}");
            let value = if path.ends_with(".kernel") { Value::Int(number as i64) } else { Value::Float(number) };
            match values.iter_mut().find(|(known, _)| *known == path) {
                Some((_, known)) => *known = value,
                None => values.push((path, value)),
            }
        }
    }
    Recipe { name: name.into(), title: title.into(), summary: summary.into(), paper: paper.into(), values }
}

/// Some of the five transformations of Huang et al., section 5: `ad` is crop and colour jitter.
fn letters(chosen: &str) -> Recipe {
    let on = LETTERS.iter().filter(|(letter, ..)| chosen.contains(*letter));
    let settings: Vec<Setting> = on.clone().flat_map(|(_, _, settings)| settings.iter().copied()).collect();
    let words: Vec<&str> = on.map(|(_, word, _)| *word).collect();
    let spaced: Vec<String> = chosen.chars().map(String::from).collect();
    let title = format!("({}): {}", spaced.join(", "), words.join(", "));
    let summary = "Some of the five transformations that Huang et al. compare.";
    recipe(&format!("huang_{chosen}"), &title, summary, HUANG, &settings, &[])
}

const HUANG: &str = "Huang, Yi, Zhao, Jiang 2023, arXiv:2111.00743, section 5";

/// Crop and colour jitter on every view, its amounts a share of (0.8, 0.8, 0.8, 0.2).
fn strength(divisor: u8) -> Recipe {
    let share = 1.0 / f64::from(divisor);
    let words = if divisor == 1 { "1".to_owned() } else { format!("1/{divisor}") };
    // The card's own amounts are half of those of strength 1.
    let settings = [CROP, ("jitter.probability", 1.0), ("jitter.strength", 2.0 * share)];
    let title = format!("(a, d) with strength {words}");
    let summary = "Crop, and colour jitter on every view, as in the second experiment of Huang et al.";
    recipe(&format!("huang_strength_{divisor}"), &title, summary, HUANG, &settings, &[])
}
