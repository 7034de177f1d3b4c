//! The lines under a figure: method, data, step, the knobs that matter, and where the experiment can be opened again.

use super::{count, number, projection, protocol};
use crate::model::choices::chosen;
use crate::model::knobs::text;
use crate::model::state::Run;
use augsphere_charts::Caption;
use augsphere_spec::{Catalogue, Points};

/// How many of the validation images are drawn: `512 of 10 000 validation images`, or `1 000 validation images` if it is all of them.
pub fn drawn(points: usize, images: usize) -> String {
    if points < images {
        format!("{} of {} validation images", count(points), count(images))
    } else {
        format!("{} validation images", count(points))
    }
}

/// What a figure of `run` says, with its embeddings if they are in the picture.
pub fn of_run(catalogue: &Catalogue, run: &Run, points: Option<&Points>, link: String) -> Caption {
    let experiment = &run.experiment;
    let card = |section: &str| chosen(catalogue, experiment, section).map(|card| card.title.clone());
    let value = |path: &str| experiment.get(path).map(|value| text(&value));
    let method = card("method").unwrap_or_else(|| "No method".into());
    let said = |path: &str, name: &str| value(path).map(|value| format!("{name} {value}"));
    let knobs = [
        card("encoder").map(|title| format!("Encoder: {}", title.to_lowercase())),
        said("projector.dimension", "dimensions of the embedding:"),
        card("optimiser"),
        said("optimiser.learning_rate", "learning rate"),
        Some(format!("seed {}", experiment.seed)),
    ];
    let accuracy = run.history.newest("knn_accuracy").map(|(step, share)| {
        let first = run.history.untrained("knn_accuracy").map(|share| format!(", {} {}", run.beginning(), number(share, true)));
        format!(" Nearest-neighbour accuracy {} at step {step}{}.", number(share, true), first.unwrap_or_default())
    });
    let mut lines = vec![
        format!("Step {}.{}", run.step, accuracy.unwrap_or_default()),
        protocol("loss", catalogue, experiment, run.data.train, run.data.validation)
            .replace(" Pale: every step; bold: running mean.", ""),
        format!("{}.", knobs.into_iter().flatten().collect::<Vec<_>>().join("; ")),
    ];
    if !run.marks.is_empty() {
        let marks: Vec<String> = run.marks.iter().map(|mark| mark.sentence()).collect();
        lines.push(format!("Changed on the way: {}.", marks.join("; ")));
    }
    if let Some(points) = points {
        let (title, sentence) = projection(points);
        lines.push(format!("{}, after step {}. {title}. {sentence}", drawn(points.xyz.len(), run.data.validation), points.step));
    }
    Caption { title: format!("{method} on {}", run.data.title), lines, classes: run.data.classes.names.clone(), link }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_validation_images_is_called_a_part() {
        assert_eq!(drawn(512, 10_000), "512 of 10\u{202f}000 validation images");
        assert_eq!(drawn(1000, 1000), "1\u{202f}000 validation images");
    }
}
