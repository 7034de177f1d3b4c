//! What stands in the fields of knobs, where that is not what the experiment has.

use augsphere_spec::{Catalogue, Experiment, Mistakes, Value};
use std::collections::BTreeMap;

/// Something that was typed or chosen and cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// What stands in the field.
    pub text: String,
    /// What is wrong with it.
    pub what: String,
}

/// The fields that show something else than the experiment: mistakes by path, and the value under the thumb of a slider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    slips: BTreeMap<String, Slip>,
    /// The slider that is being dragged, and the value under its thumb.
    pub sliding: Option<(String, Value)>,
}

impl Fields {
    /// The mistake at `path`, if there is one.
    pub fn slip(&self, path: &str) -> Option<&Slip> {
        self.slips.get(path)
    }

    /// What is wrong at `path`, if anything is.
    pub fn mistake(&self, path: &str) -> Option<String> {
        self.slip(path).map(|slip| slip.what.clone())
    }

    /// The value under the thumb of the slider at `path`, while it is dragged.
    pub fn slid(&self, path: &str) -> Option<&Value> {
        self.sliding.as_ref().filter(|(slider, _)| slider == path).map(|(_, value)| value)
    }

    /// Every mistake with its path.
    pub fn slips(&self) -> impl Iterator<Item = (&str, &Slip)> {
        self.slips.iter().map(|(path, slip)| (path.as_str(), slip))
    }

    /// Notes a mistake at `path`, in place of a former one.
    pub fn note(&mut self, path: &str, text: String, what: String) {
        self.slips.insert(path.to_owned(), Slip { text, what });
    }

    /// Forgets the mistake at `path`.
    pub fn forget(&mut self, path: &str) {
        self.slips.remove(path);
    }

    /// Forgets the mistakes in fields that there are not: `draft` has no such knob (any more).
    pub fn keep_within(&mut self, draft: &Experiment) {
        self.slips.retain(|path, _| draft.get(path).is_some());
    }

    /// Forgets everything: the experiment was replaced.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Tries again what could not be: a smallest value above a largest one may fit after the largest has changed. Returns what now
    /// fits; mistakes in fields that there are not any more are forgotten.
    pub fn retry(&mut self, catalogue: &Catalogue, draft: &Experiment) -> Vec<(String, Value)> {
        let mut now = draft.clone();
        let mut mended = Vec::new();
        self.slips.retain(|path, slip| {
            if now.get(path).is_none() {
                return false;
            }
            let value = Value::parse(&slip.text);
            match catalogue.with(&now, &[(path.clone(), value.clone())]) {
                Ok(tried) => {
                    now = tried;
                    mended.push((path.clone(), value));
                    false
                }
                Err(mistakes) => {
                    slip.what = describe(catalogue, path, &mistakes);
                    true
                }
            }
        });
        mended
    }
}

/// What is wrong with a value at `path`, in one sentence; a mistake that shows elsewhere says where.
pub fn describe(catalogue: &Catalogue, path: &str, Mistakes(mistakes): &Mistakes) -> String {
    let Some(first) = mistakes.iter().find(|mistake| mistake.path == path).or(mistakes.first()) else { return String::new() };
    let owner = |path: &str| path.split('.').next().map(str::to_owned);
    if first.path == path {
        return first.what.clone();
    }
    if owner(&first.path) == owner(path) {
        let knob = first.path.rsplit('.').next().unwrap_or_default();
        return format!("{knob} {}", first.what);
    }
    let title = owner(&first.path)
        .and_then(|name| catalogue.section(&name))
        .map_or_else(|| first.path.clone(), |section| section.title.clone());
    format!("{title}: {}", first.what)
}
