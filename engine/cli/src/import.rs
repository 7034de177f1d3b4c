//! Encoders that were trained elsewhere, as run folders: measured, embedded and begun from like any other.

mod names;

use crate::arguments::{ImportArguments, Setting};
use crate::engine::{self, WeightsFile};
use crate::failure::Failure;
use crate::folder::RunFolder;
use crate::run::new_header;
use crate::{experiment, output, text};
use augsphere_spec::archive::ENCODER;
use augsphere_spec::{Catalogue, Experiment, RunHeader, Value};
use names::{Matched, matched};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::Path;

/// What may be set: what the encoder is, and on which data it is measured.
const SECTIONS: [&str; 3] = ["encoder", "data", "measures"];

/// Makes a run folder of a file of weights.
///
/// # Errors
/// A file that is no safetensors file, or whose weights do not fit the encoder, with all names that do not; a folder that is taken.
pub fn import(arguments: &ImportArguments) -> Result<(), Failure> {
    let out = arguments.out.as_deref();
    let out =
        out.ok_or_else(|| Failure::Usage("name the run folder to make with --out: augsphere import FILE -o runs/theirs".into()))?;
    let catalogue = engine::catalogue();
    let file = text::home(&arguments.file);
    let bytes = read(&file)?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| foreign(&file, &bytes, &error))?;
    let stem = file.file_stem().map_or_else(|| "imported".into(), |stem| stem.to_string_lossy().into_owned());
    let name = arguments.name.clone().unwrap_or(stem);
    let experiment = asked(&catalogue, arguments, &tensors, &name)?;
    let Form { experiment, forms, width } = form(&catalogue, experiment)?;
    let wanted: Vec<_> = forms.iter().filter(|(name, _)| name.starts_with("encoder.")).cloned().collect();
    let Matched { found, left_out } = matched(&wanted, &tensors).map_err(|lines| {
        let settings = "next: name another encoder with --encoder, or its size with --set encoder.width=...";
        Failure::Failed(format!("{} does not hold a {}:\n{lines}\n  {settings}", file.display(), arguments.encoder))
    })?;
    let whole = with_plain_projector(found, &tensors, width)?;
    let weights = WeightsFile::read(whole).map_err(|why| Failure::Failed(format!("{} {why}", file.display())))?;
    let kept = engine::kept(&experiment, &weights)?;
    let header = RunHeader { name: name.clone(), note: format!("imported from {}", file.display()), ..new_header() };
    let toml = catalogue.write_toml(&experiment);
    let mut folder =
        RunFolder::create(Some(out), &name, 0, &toml, |name| RunHeader { id: RunHeader::id_of(name), ..header }.write())?;
    if let Err(failure) = folder.write(ENCODER, &kept) {
        folder.discard();
        return Err(failure);
    }
    let path = folder.path().display().to_string();
    let mut lines = vec![format!("{} tensors of {} are the {} in {path}", wanted.len(), file.display(), arguments.encoder)];
    if !left_out.is_empty() {
        lines.push(format!("left out, for they are no part of it: {}", left_out.join(", ")));
    }
    lines.extend(unsaid(&experiment));
    lines.push(format!("measure it: augsphere eval {path}; train on from it: augsphere run EXPERIMENT --from {path}"));
    output::result(&lines.join("\n"))
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if text::ends_in(file, &["pt", "pth", "ckpt", "tar", "bin"]) {
        return Err(Failure::Usage(format!(
            "{} is a checkpoint of PyTorch: make a safetensors file of it first, with scripts/to_safetensors.py",
            file.display()
        )));
    }
    std::fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::Usage(format!("there is no {}", file.display())),
        _ => Failure::disk("read", file, &error),
    })
}

fn foreign(file: &Path, bytes: &[u8], error: &dyn std::fmt::Display) -> Failure {
    // PyTorch's files are zip archives or pickles.
    let torch = bytes.starts_with(b"PK") || bytes.starts_with(&[0x80, 2]);
    let next = if torch { "it looks like a file of PyTorch: " } else { "" };
    Failure::Failed(format!(
        "{} is no whole safetensors file: {error}\n  next: {next}make one with scripts/to_safetensors.py",
        file.display()
    ))
}

/// What a file of weights does not say, and features depend on: what was assumed, and how to say another thing.
fn unsaid(experiment: &Experiment) -> Vec<String> {
    let mut lines = Vec::new();
    if experiment.knobs("data").text("normalise").trim().is_empty() {
        lines.push(
            "assumed: pixels are normalised by the mean and deviation of the training images in use; if it was trained with constants, import it with \
             --set data.normalise=cifar10 (or cifar100, imagenet, or six numbers)"
                .into(),
        );
    }
    let encoder = experiment.choice("encoder").filter(|encoder| encoder.kind == "resnet18");
    if encoder.is_some_and(|encoder| encoder.knobs.count("padding") == 1) {
        lines.push(
            "assumed: its first convolution pads by 1; solo-learn's for CIFAR pads by 2: then import it with --set encoder.padding=2".into(),
        );
    }
    lines
}

/// The experiment in which the encoder stands, as far as it was said, with the width that the file shows.
fn asked(catalogue: &Catalogue, arguments: &ImportArguments, file: &SafeTensors<'_>, name: &str) -> Result<Experiment, Failure> {
    let inside = |setting: &&Setting| SECTIONS.iter().any(|section| setting.path.starts_with(&format!("{section}.")));
    if let Some(setting) = arguments.settings.iter().find(|setting| !inside(setting)) {
        return Err(Failure::Usage(format!(
            "{} cannot be set: nothing is trained here; encoder.*, data.* and measures.* can",
            setting.path
        )));
    }
    let mut changes =
        vec![("name".to_owned(), Value::from(name)), ("encoder.kind".into(), Value::from(arguments.encoder.as_str()))];
    let card = catalogue.section("encoder").and_then(|section| section.card(&arguments.encoder));
    let width = names::width(file).and_then(|width| i64::try_from(width).ok());
    if let (Some(knob), Some(width)) = (card.and_then(|card| card.knob("width")), width)
        && let Some(width) = knob.fitting(&Value::Int(width))
    {
        changes.push(("encoder.width".into(), width));
    }
    let (kinds, knobs): (Vec<&Setting>, Vec<&Setting>) =
        arguments.settings.iter().partition(|setting| setting.path.ends_with(".kind"));
    for settings in [kinds, knobs] {
        let experiment = catalogue.with(&catalogue.default_experiment(), &changes)?;
        changes.extend(experiment::values(catalogue, &experiment, &settings));
    }
    let experiment = catalogue.with(&catalogue.default_experiment(), &changes)?;
    if arguments.settings.iter().any(|setting| setting.path.starts_with("data.")) {
        experiment::check_data(catalogue, &experiment)?;
    }
    Ok(experiment)
}

/// An experiment with the network that an imported encoder gets.
struct Form {
    experiment: Experiment,
    /// Names and shapes of all its weights and running statistics.
    forms: Vec<(String, Vec<usize>)>,
    /// Width of the features, and dimension of the embedding.
    width: usize,
}

/// A projector that changes nothing, as there is none: embeddings are features.
fn form(catalogue: &Catalogue, experiment: Experiment) -> Result<Form, Failure> {
    let plain = |dimension: Option<usize>| {
        let dimension = dimension.and_then(|dimension| i64::try_from(dimension).ok());
        let mut changes = vec![("projector.layers".to_owned(), Value::Int(1))];
        changes.extend(dimension.map(|dimension| ("projector.dimension".to_owned(), Value::Int(dimension))));
        catalogue.with(&experiment, &changes)
    };
    let narrow = engine::forms(&plain(None)?)?;
    let width = narrow.iter().find(|(name, _)| name == "projector.last.weight").and_then(|(_, shape)| shape.get(1).copied());
    let width = width.ok_or_else(|| Failure::Failed("this encoder has no features".into()))?;
    let experiment = plain(Some(width))?;
    let forms = engine::forms(&experiment)?;
    Ok(Form { experiment, forms, width })
}

/// The file that a run would have written: the encoder under its own names, and a projector that is the identity.
fn with_plain_projector(found: Vec<(String, String)>, tensors: &SafeTensors<'_>, width: usize) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Failed(format!("the encoder could not be put together: {error}"));
    let bytes = |value: fn(usize, usize) -> f32, rows: usize| -> Vec<u8> {
        (0..rows).flat_map(|row| (0..width).flat_map(move |column| value(row, column).to_le_bytes())).collect()
    };
    let identity = bytes(|row, column| if row == column { 1.0 } else { 0.0 }, width);
    let zeros = bytes(|_, _| 0.0, 1);
    let mut views = Vec::new();
    for (name, theirs) in found {
        views.push((name, tensors.tensor(&theirs).map_err(|error| failed(&error))?));
    }
    let view = |shape: Vec<usize>, bytes| TensorView::new(Dtype::F32, shape, bytes).map_err(|error| failed(&error));
    views.push(("projector.last.weight".into(), view(vec![width, width], &identity)?));
    views.push(("projector.last.bias".into(), view(vec![width], &zeros)?));
    safetensors::serialize(views, None).map_err(|error| failed(&error))
}
