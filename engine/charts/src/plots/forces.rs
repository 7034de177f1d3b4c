//! What pulls and pushes each image of a batch, as arrows, and over the run.

mod grid;
mod over_steps;
mod protractor;

use super::runs::{fitted, number};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Item, Scene};
use augsphere_spec::{Knob, Payload};
use protractor::Shown;

#[cfg(test)]
mod tests;

/// The arrows of pull, push and their sum of each image, along the sphere, and the measures of them over the steps.
pub struct Forces;

/// The two views, as the knob names them.
const VIEWS: [&str; 2] = ["first", "second"];

/// What moves the embedding of one view of an image: lengths along the sphere, in the units of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Force {
    /// The number of the image.
    image: usize,
    /// Length of the pull towards what it is compared with.
    pull: f64,
    /// Length of the push away from everything else.
    push: f64,
    /// Angle between the two arrows, radians, 0 to pi; pi where there are not both.
    angle: f64,
}

impl Force {
    /// From lengths and degrees; nothing if there is no number.
    fn of(image: usize, numbers: &[f32]) -> Option<Self> {
        let [pull, push, degrees] = *numbers.first_chunk::<3>()?;
        let angle = if degrees.is_finite() { f64::from(degrees).to_radians() } else { std::f64::consts::PI };
        (pull.is_finite() && push.is_finite()).then(|| Self { image, pull: pull.into(), push: push.into(), angle })
    }

    /// The ends of the arrows of pull, push and their sum, which begin at the origin: x to the right, y up. The pull points to the right.
    fn ends(&self) -> [(f64, f64); 3] {
        let push = (self.push * self.angle.cos(), self.push * self.angle.sin());
        [(self.pull, 0.0), push, (self.pull + push.0, push.1)]
    }

    /// Length of their sum: where a step of gradient descent moves the embedding.
    fn together(&self) -> f64 {
        let (x, y) = self.ends()[2];
        x.hypot(y)
    }

    /// What the arrows say.
    fn sentence(&self) -> String {
        let larger = self.pull.max(self.push);
        if larger <= 0.0 {
            return "nothing moves it, the loss is flat there".into();
        }
        if self.push < 1e-3 * larger {
            return "nothing pushes, only the pull moves it; with nothing else, all images would end on one point".into();
        }
        if self.pull < 1e-3 * larger {
            return "nothing pulls, only the push moves it, away from the others".into();
        }
        let degrees = self.angle.to_degrees();
        let how = match degrees {
            150.0.. => "pull and push work against each other",
            60.0.. => "pull and push go different ways",
            _ => "pull and push point almost the same way",
        };
        let left = number(self.together() / larger, true);
        format!("{how}, {degrees:.0}\u{b0} apart, and {left} of the stronger one is left of them together")
    }
}

/// The forces on the images of classes that are shown, for the view that is looked at.
fn forces(inputs: &Inputs<'_>) -> Vec<Force> {
    let Some((6, values)) = inputs.matrix("forces") else { return Vec::new() };
    let from = if inputs.knobs.text("view") == VIEWS[1] { 3 } else { 0 };
    let rows = values.chunks_exact(6).enumerate().filter(|(image, _)| inputs.linked.shows(inputs.class(*image)));
    rows.filter_map(|(image, row)| Force::of(image, &row[from..from + 3])).collect()
}

/// The mean ends of the arrows of pull, push and sum.
fn mean(forces: &[Force]) -> [(f64, f64); 3] {
    let mut sums = [(0.0, 0.0); 3];
    for force in forces {
        sums.iter_mut().zip(force.ends()).for_each(|(sum, end)| *sum = (sum.0 + end.0, sum.1 + end.1));
    }
    let count = forces.len().max(1) as f64;
    sums.map(|(x, y)| (x / count, y / count))
}

/// What an image is called.
fn name(inputs: &Inputs<'_>, image: usize) -> String {
    format!("image {image}, {}", inputs.class_name(inputs.class(image)))
}

/// The title of the method that trains.
fn method<'a>(inputs: &Inputs<'a>) -> Option<&'a str> {
    let Some(Payload::Words(words)) = inputs.part("method") else { return None };
    words.first().map(String::as_str)
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    match inputs.matrix("forces") {
        Some((_, [])) | None => inputs.why_empty(),
        Some((6, values)) if values.chunks_exact(6).enumerate().any(|(image, _)| inputs.linked.shows(inputs.class(image))) => {
            "The gradient is no number on any of these images.".into()
        }
        Some(_) => "All classes of these images are hidden.".into(),
    }
}

impl Plot for Forces {
    fn name(&self) -> &'static str {
        "forces"
    }

    fn title(&self) -> &'static str {
        "Pull and push"
    }

    fn sentence(&self) -> &'static str {
        "What moves each image along the sphere: the pull towards its other view points to the right, the push away from the rest stands at its \
         true angle to it, and together they are what is left."
    }

    fn source(&self) -> &'static str {
        "Tao et al., 2022, arXiv 2112.05141, equation 1"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::int(
                "image",
                "Image",
                0,
                0,
                50_000,
                "The number of the image whose arrows are strong; a click on a dot chooses it.",
            ),
            Knob::choice("view", "View", &VIEWS, "Which of the two views of each image."),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        1.0
    }

    fn pressed(&self, item: Item) -> Vec<(&'static str, f64)> {
        if let Item::Image(image) = item { vec![("image", image as f64)] } else { Vec::new() }
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let (forces, curves) = (forces(inputs), over_steps::measured(inputs));
        if forces.is_empty() && !curves {
            return Scene::nothing(size, &why_empty(inputs));
        }
        let mut scene = Scene::new(size);
        let (width, height) = size;
        // The arrows, and beside or below them the curves, where there is room for both.
        let (arrows, below) = if !curves {
            ([0.0, 0.0, width, height], None)
        } else if width >= 1.25 * height && width >= 480.0 {
            let left = (0.58 * width).floor();
            ([0.0, 0.0, left, height], Some([left, 0.0, width - left, height]))
        } else {
            let wanted = protractor::height(width).min(0.68 * height).floor();
            let room = height - wanted >= over_steps::LEAST;
            (
                if room { [0.0, 0.0, width, wanted] } else { [0.0, 0.0, width, height] },
                room.then_some([0.0, wanted, width, height - wanted]),
            )
        };
        if forces.is_empty() {
            scene.add(Scene::nothing((arrows[2], arrows[3]), &why_empty(inputs)), (arrows[0], arrows[1]));
        } else {
            protractor::draw(&mut scene, inputs, &Shown { forces: &forces, chosen: chosen(inputs, &forces) }, arrows);
        }
        if let Some(area) = below {
            over_steps::draw(&mut scene, inputs, area);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let forces = forces(inputs);
        if forces.is_empty() {
            return why_empty(inputs);
        }
        let count = forces.len() as f64;
        let of = |value: &dyn Fn(&Force) -> f64| number(forces.iter().map(value).sum::<f64>() / count, false);
        let images = if forces.len() == 1 { "1 image".into() } else { format!("{} images", forces.len()) };
        let both: Vec<f64> =
            forces.iter().filter(|force| force.pull > 0.0 && force.push > 0.0).map(|force| force.angle).collect();
        let degrees = (both.iter().sum::<f64>() / both.len() as f64).to_degrees();
        let apart = if degrees.is_finite() { format!(", {degrees:.0}\u{b0} apart") } else { String::new() };
        let said = chosen(inputs, &forces).map(|force| format!(" Of {}, {}.", name(inputs, force.image), force.sentence()));
        format!(
            "{} pulls {images} by {} and pushes by {} on average{apart}; {} is left of both.{}",
            method(inputs).unwrap_or("The method"),
            of(&|force| force.pull),
            of(&|force| force.push),
            of(&Force::together),
            said.unwrap_or_default()
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["of", "number", "class", "pull", "push", "together", "push_over_pull", "angle"]);
        for force in forces(inputs) {
            let class = inputs.class_name(inputs.class(force.image));
            let numbers = [force.pull, force.push, force.together(), force.push / force.pull, force.angle.to_degrees()];
            let row = vec!["image".into(), Cell::Number(force.image as f64), class.as_str().into()];
            table.rows.push(row.into_iter().chain(numbers.map(Cell::Number)).collect());
        }
        for (step, [pull, push, balance, angle]) in over_steps::rows(inputs) {
            let row = vec!["step".into(), Cell::Number(step), "".into()];
            table.rows.push(row.into_iter().chain([pull, push, f64::NAN, balance, angle].map(Cell::Number)).collect());
        }
        table
    }
}

/// The image whose arrows are strong, if it is there.
fn chosen(inputs: &Inputs<'_>, forces: &[Force]) -> Option<Force> {
    let wanted = inputs.knobs.count("image");
    forces.iter().find(|force| force.image == wanted).copied()
}

/// The words over the arrows: of which image they are, as many as fit.
fn heading(inputs: &Inputs<'_>, chosen: Option<Force>, size: f64, room: f64) -> String {
    let wanted = inputs.knobs.count("image");
    let of = match chosen {
        Some(force) => name(inputs, force.image),
        None => format!("no image {wanted} here: click a dot"),
    };
    let view = format!("{of}, {} view", if inputs.knobs.text("view") == VIEWS[1] { VIEWS[1] } else { VIEWS[0] });
    let whole = method(inputs).map(|method| format!("{method}: {view}"));
    let fits = |words: &String| super::runs::width(words, size) <= room;
    fitted(&whole.filter(fits).or_else(|| Some(view).filter(fits)).unwrap_or(of), size, room)
}
