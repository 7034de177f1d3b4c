//! The encoder of a run folder on data: those of the run, or others.

use crate::arguments::Setting;
use crate::engine::{DeviceRequest, Encoder, WeightsFile};
use crate::failure::Failure;
use crate::{experiment, kept, text};
use augsphere_spec::{Catalogue, Choice, Experiment};
use std::path::{Path, PathBuf};

/// The encoder of a run folder, and the experiments in which it may stand.
pub struct Source {
    /// The folder.
    pub path: PathBuf,
    /// Its weights.
    pub weights: WeightsFile,
    /// One experiment, or one for each kind of data that a file may be of.
    experiments: Vec<Experiment>,
}

impl Source {
    /// Finds the weights of a run folder; `data` is another data set, a kind or a path, and `settings` may change what is in `sections`.
    ///
    /// # Errors
    /// A folder without weights; settings that change something else; data that are not there.
    pub fn of(
        catalogue: &Catalogue,
        folder: &Path,
        data: Option<&str>,
        settings: &[Setting],
        sections: &[&str],
    ) -> Result<Self, Failure> {
        let path = kept::existing(folder)?;
        let weights = kept::weights(&path, None)?;
        let inside = |setting: &&Setting| sections.iter().any(|section| setting.path.starts_with(&format!("{section}.")));
        if let Some(setting) = settings.iter().find(|setting| !inside(setting)) {
            let may = sections.iter().map(|section| format!("{section}.*")).collect::<Vec<_>>().join(" and ");
            return Err(Failure::Usage(format!("{} cannot be set: an encoder is as it was trained; {may} can", setting.path)));
        }
        let elsewhere = data.is_some() || settings.iter().any(|setting| setting.path == "data.kind");
        let mut experiments = Vec::new();
        // What it was trained with goes with it to other data.
        let by = weights.experiment(catalogue).map(|own| own.knobs("data").text("normalise").to_owned());
        let by = by.filter(|by| elsewhere && !by.is_empty()).map(|value| Setting { path: "data.normalise".into(), value });
        for chosen in chosen(catalogue, data)? {
            let settings: Vec<Setting> = by.iter().cloned().chain(chosen).chain(settings.iter().cloned()).collect();
            let asked = experiment::read(catalogue, &path.display().to_string(), None, &settings, &[])?.experiment;
            experiments.push(standing_in(catalogue, &weights, asked, elsewhere));
        }
        Ok(Self { path, weights, experiments })
    }

    /// Puts the encoder on a device with its data.
    ///
    /// # Errors
    /// Data or weights that cannot be read or do not fit; a device that cannot be had.
    pub fn load(&self, device: &DeviceRequest) -> Result<(Encoder, Experiment), Failure> {
        let mut refused = None;
        for experiment in &self.experiments {
            match Encoder::load(experiment.clone(), &self.weights, device) {
                Ok(encoder) => return Ok((encoder, experiment.clone())),
                // Not data of this kind: perhaps of the next one.
                Err(failure @ Failure::Usage(_)) => refused = refused.or(Some(failure)),
                Err(failure) => return Err(failure),
            }
        }
        Err(refused.unwrap_or_else(|| Failure::Usage("there are no data".into())))
    }

    /// The first of its experiments.
    pub fn into_experiment(self) -> Option<(Experiment, WeightsFile)> {
        self.experiments.into_iter().next().map(|experiment| (experiment, self.weights))
    }
}

/// The settings that choose a data set: of a kind, or at a path, of whichever kind it may be.
fn chosen(catalogue: &Catalogue, data: Option<&str>) -> Result<Vec<Vec<Setting>>, Failure> {
    let Some(data) = data else { return Ok(vec![Vec::new()]) };
    let set = |path: &str, value: &str| Setting { path: path.into(), value: value.into() };
    let cards = catalogue.section("data").map_or(&[][..], |section| &section.cards);
    if cards.iter().any(|card| card.name == data) {
        return Ok(vec![vec![set("data.kind", data)]]);
    }
    let path = text::home(Path::new(data));
    let kinds: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
    if !path.exists() {
        return Err(Failure::Usage(format!("{data} is neither a kind of data ({}) nor a file or folder", kinds.join(", "))));
    }
    let path = path.display().to_string();
    let from_files = cards.iter().filter(|card| card.knob("path").is_some());
    Ok(from_files.map(|card| vec![set("data.kind", &card.name), set("data.path", &path)]).collect())
}

/// The experiment of some weights with the data and the measures of another one. On other data there may be other classes, so a method that has
/// a classifier gives way: nothing is trained.
fn standing_in(catalogue: &Catalogue, weights: &WeightsFile, asked: Experiment, elsewhere: bool) -> Experiment {
    let Some(mut experiment) = weights.experiment(catalogue) else {
        return Experiment { changes: Vec::new(), ..catalogue.after(&asked, weights.step) };
    };
    for section in ["data", "measures"] {
        experiment.sections.insert(section.into(), asked.choices(section).to_vec());
    }
    if elsewhere
        && weights.has("classifier.weight")
        && let Some(card) = catalogue.section("method").and_then(|section| section.cards.first())
    {
        let plain = Choice { kind: card.name.clone(), knobs: card.defaults() };
        experiment.sections.insert("method".into(), vec![plain]);
    }
    Experiment { changes: Vec::new(), name: asked.name, ..experiment }
}
