//! What a run's encoder makes of images, as files for other programs.

use crate::arguments::EmbedArguments;
use crate::engine::{self, Outputs, with_notes};
use crate::failure::Failure;
use crate::folder;
use crate::output;
use crate::progress::Progress;
use crate::source::Source;
use crate::text;
use augsphere_spec::npy;
use safetensors::tensor::{Dtype, TensorView};
use std::path::{Path, PathBuf};

/// The forms of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Npy,
    Csv,
    Safetensors,
}

/// Writes embeddings, features and labels of a split.
///
/// # Errors
/// A folder without weights; data that cannot be read; a file that cannot be written; a device that fails.
pub fn embed(arguments: &EmbedArguments) -> Result<(), Failure> {
    let out = text::home(&arguments.out);
    let forms = [("npy", Form::Npy), ("csv", Form::Csv), ("safetensors", Form::Safetensors)];
    let form = forms.iter().find(|(ending, _)| text::ends_in(&out, &[ending])).map(|(_, form)| *form);
    let form = form.ok_or_else(|| Failure::Usage(format!("{} should end in .npy, .csv or .safetensors", out.display())))?;
    let catalogue = engine::catalogue();
    let source = Source::of(&catalogue, &arguments.run, arguments.data.as_deref(), &arguments.settings, &["data"])?;
    let mut progress = Progress::new(0);
    let (encoder, _) = source.load(&arguments.device.request())?;
    let split = arguments.split.name();
    progress.say(&format!("Encoding the {split} images of {} after {} steps", encoder.data().title, encoder.step()));
    let outputs = encoder.outputs(arguments.split.into(), &mut |work| progress.work(work));
    progress.finish();
    let outputs = outputs?;
    let files = match form {
        Form::Npy => npys(&out, &outputs),
        Form::Csv => vec![(out, csv(&outputs, &encoder.data().classes.names).into_bytes())],
        Form::Safetensors => {
            let notes = vec![
                ("run", source.path.display().to_string()),
                ("split", split.to_owned()),
                ("steps", encoder.step().to_string()),
                ("classes", encoder.data().classes.names.join(",")),
            ];
            vec![(out, tensors(&outputs, notes)?)]
        }
    };
    for (path, bytes) in &files {
        folder::write_whole(path, bytes).map_err(|error| Failure::disk("write", path, &error))?;
    }
    let count = outputs.labels.len();
    let names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    output::tell(&format!(
        "{count} images: embeddings [{count}, {}] of unit length, features [{count}, {}], labels [{count}]\nwritten: {}",
        outputs.dimension,
        outputs.width,
        names.join(", ")
    ));
    Ok(())
}

/// Three arrays in three files: NumPy's form holds one.
fn npys(out: &Path, outputs: &Outputs) -> Vec<(PathBuf, Vec<u8>)> {
    let stem = out.file_stem().map_or_else(|| "embeddings".into(), |stem| stem.to_string_lossy());
    let beside = |what: &str| out.with_file_name(format!("{stem}-{what}.npy"));
    let count = outputs.labels.len();
    vec![
        (out.to_owned(), npy::write("<f4", &[count, outputs.dimension], &bytes(&outputs.embedding))),
        (beside("features"), npy::write("<f4", &[count, outputs.width], &bytes(&outputs.features))),
        (beside("labels"), npy::write("|u1", &[count], &outputs.labels)),
    ]
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A line an image.
fn csv(outputs: &Outputs, classes: &[String]) -> String {
    let columns = |name: &str, count: usize| (0..count).map(|index| format!(",{name}_{index}")).collect::<String>();
    let mut text = format!("image,label,class{}{}\n", columns("embedding", outputs.dimension), columns("feature", outputs.width));
    let embeddings = outputs.embedding.chunks(outputs.dimension.max(1));
    let features = outputs.features.chunks(outputs.width.max(1));
    for (image, ((label, embedding), features)) in outputs.labels.iter().zip(embeddings).zip(features).enumerate() {
        let class = classes.get(usize::from(*label)).map_or("", String::as_str);
        let quoted = class.contains([',', '"', '\n']);
        let class = if quoted { format!("\"{}\"", class.replace('"', "\"\"")) } else { class.to_owned() };
        let numbers: String = embedding.iter().chain(features).map(|value| format!(",{value}")).collect();
        text.push_str(&format!("{image},{label},{class}{numbers}\n"));
    }
    text
}

fn tensors(outputs: &Outputs, notes: Vec<(&str, String)>) -> Result<Vec<u8>, Failure> {
    let count = outputs.labels.len();
    let failed = |error: &dyn std::fmt::Display| Failure::Failed(format!("the embeddings could not be put together: {error}"));
    let (embedding, features) = (bytes(&outputs.embedding), bytes(&outputs.features));
    let parts = [
        ("embeddings", Dtype::F32, vec![count, outputs.dimension], &embedding),
        ("features", Dtype::F32, vec![count, outputs.width], &features),
        ("labels", Dtype::U8, vec![count], &outputs.labels),
    ];
    let mut views = Vec::new();
    for (name, kind, shape, bytes) in parts {
        views.push((name, TensorView::new(kind, shape, bytes).map_err(|error| failed(&error))?));
    }
    let file = safetensors::serialize(views, None).map_err(|error| failed(&error))?;
    with_notes(&file, notes).ok_or_else(|| failed(&"its header has an unknown form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Outputs {
        Outputs {
            features: vec![0.5, -1.0, 2.0, 3.0, 0.25, 0.0],
            width: 3,
            embedding: vec![1.0, 0.0, 0.0, 1.0],
            dimension: 2,
            labels: vec![1, 0],
        }
    }

    #[test]
    fn a_table_has_a_line_an_image_and_quotes_what_needs_it() {
        let text = csv(&outputs(), &["a,b".into(), "disc".into()]);
        let expected = "image,label,class,embedding_0,embedding_1,feature_0,feature_1,feature_2\n0,1,disc,1,0,0.5,-1,2\n1,0,\"a,b\",0,1,3,0.25,0\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn tensors_come_back_with_their_notes() {
        let file = tensors(&outputs(), vec![("steps", "7".into()), ("split", "test".into())]).expect("a file");
        let read = safetensors::SafeTensors::deserialize(&file).expect("a safetensors file");
        assert_eq!(read.tensor("embeddings").expect("there").shape(), [2, 2]);
        assert_eq!(read.tensor("labels").expect("there").data(), [1, 0]);
        let (_, header) = safetensors::SafeTensors::read_metadata(&file).expect("a header");
        assert_eq!(header.metadata().as_ref().and_then(|notes| notes.get("steps")).map(String::as_str), Some("7"));
    }
}
