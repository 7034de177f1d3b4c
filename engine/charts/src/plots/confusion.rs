//! Which class is taken for which.

use super::axes::SMALL;
use super::runs::{capital, fitted, number, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Scene, Stroke};
use augsphere_spec::Knob;
use layout::Layout;

mod layout;
#[cfg(test)]
mod tests;

/// The confusion matrix of the vote of the nearest others.
pub struct Confusion;

/// Height of the line of words below the table.
const FOOT: f64 = 24.0;

/// The counts of the true classes that are shown.
struct Shown<'a> {
    counts: &'a [f32],
    /// Classes, and columns.
    classes: usize,
    /// The true class of each row.
    rows: Vec<usize>,
}

impl<'a> Shown<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let (classes, counts) = inputs.matrix("counts")?;
        let rows: Vec<usize> = (0..classes).filter(|class| inputs.linked.shows(*class)).collect();
        (!rows.is_empty() && counts.len() == classes * classes).then_some(Self { counts, classes, rows })
    }

    fn count(&self, truth: usize, vote: usize) -> f64 {
        self.counts.get(truth * self.classes + vote).map_or(0.0, |count| f64::from(*count)).max(0.0)
    }

    /// Images of a true class.
    fn total(&self, truth: usize) -> f64 {
        (0..self.classes).map(|vote| self.count(truth, vote)).sum()
    }

    /// The share of a true class that is named so; no number without images of it.
    fn share(&self, truth: usize, vote: usize) -> f64 {
        self.count(truth, vote) / self.total(truth)
    }

    /// Images that are named right, and all.
    fn right(&self) -> (f64, f64) {
        let sum = |of: &dyn Fn(usize) -> f64| self.rows.iter().map(|row| of(*row)).sum::<f64>();
        (sum(&|row| self.count(row, row)), sum(&|row| self.total(row)))
    }

    /// The most frequent mistake: true class, named class, how many.
    fn mistake(&self) -> Option<(usize, usize, f64)> {
        let all = self.rows.iter().flat_map(|&row| (0..self.classes).map(move |vote| (row, vote)));
        let wrong = all.filter(|(row, vote)| row != vote).map(|(row, vote)| (row, vote, self.count(row, vote)));
        // Of equal ones the first.
        wrong.filter(|mistake| mistake.2 > 0.0).reduce(|best, next| if next.2 > best.2 { next } else { best })
    }
}

/// Colours tell small shares, too: they go with the root.
fn shade(share: f64) -> f64 {
    share.clamp(0.0, 1.0).sqrt()
}

impl Plot for Confusion {
    fn name(&self) -> &'static str {
        "confusion"
    }

    fn title(&self) -> &'static str {
        "What is taken for what"
    }

    fn sentence(&self) -> &'static str {
        "Each validation image is named by its nearest others, itself left out: a row for each true class, a column for each \
         name, the right ones framed."
    }

    fn source(&self) -> &'static str {
        "vote as in Wu et al., 2018, arXiv 1805.01978, section 3.4"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::int("k", "Voters", 20, 1, 1000, "How many nearest others vote on an image."),
            Knob::float(
                "temperature",
                "Temperature",
                0.1,
                0.01,
                10.0,
                "A voter at cosine s has the weight exp(s / temperature).",
            )
            .logarithmic(),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.8
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &why_empty(inputs)) };
        let mut scene = Scene::new(size);
        let layout = Layout::of(&shown, inputs, size);
        let legend = ["row: true class; column: its name by vote", "row: true, column: by vote"];
        let legend = legend.into_iter().find(|words| width(words, SMALL) <= size.0 - 10.0).unwrap_or_default();
        scene.words(legend, (6.0, 9.0), SMALL, Ink::Muted, Anchor::Start);
        layout.names(&mut scene, &shown, inputs);
        layout.cells(&mut scene, &shown);
        layout.marks(&mut scene, &shown, inputs);
        let end = scale(&mut scene, layout.area[0].min(size.0 - 190.0).max(4.0), size.1 - 0.5 * FOOT);
        let said = pointed(&shown, inputs);
        if !said.is_empty() && size.0 - end > 80.0 {
            let said = fitted(&said, SMALL, size.0 - end - 20.0);
            scene.words(&said, (size.0 - 6.0, size.1 - 0.5 * FOOT), SMALL, Ink::Ink, Anchor::End);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return why_empty(inputs) };
        let (right, all) = shown.right();
        if all == 0.0 {
            return "No image of these classes has an embedding of numbers.".into();
        }
        let voters = match inputs.number("voters") {
            Some(1.0) => "nearest other".into(),
            Some(voters) => format!("{voters} nearest others"),
            None => "nearest others".into(),
        };
        let name = |class: usize| inputs.class_name(class);
        let mistake = match shown.mistake() {
            Some((truth, vote, count)) => {
                format!("The most frequent mistake is {} for {}: {count} of {}.", name(vote), name(truth), shown.total(truth))
            }
            None => "No image is taken for one of another class.".into(),
        };
        let said = pointed(&shown, inputs);
        let said = if said.is_empty() { said } else { format!(" {}.", capital(&said)) };
        let share = number(right / all, true);
        format!("{right} of {all} validation images are named right by the vote of their {voters}: {share}. {mistake}{said}")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["true_class", "voted_class", "images", "share_of_true_class"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        for &row in &shown.rows {
            table.rows.extend((0..shown.classes).map(|vote| {
                let [truth, named] = [row, vote].map(|class| inputs.class_name(class));
                vec![truth.as_str().into(), named.as_str().into(), shown.count(row, vote).into(), shown.share(row, vote).into()]
            }));
        }
        table
    }
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.matrix("counts").is_some_and(|counts| counts.0 > 0) {
        "All classes of these images are hidden.".into()
    } else {
        inputs.why_empty()
    }
}

/// What an image is named as.
fn vote(inputs: &Inputs<'_>, image: usize) -> Option<usize> {
    let vote = inputs.series("votes")?.1.get(image)?;
    (vote.is_finite() && *vote >= 0.0).then_some(*vote as usize)
}

/// What is pointed at, in words; nothing if it is not here.
fn pointed(shown: &Shown<'_>, inputs: &Inputs<'_>) -> String {
    let name = |class: usize| inputs.class_name(class);
    match inputs.linked.hovered {
        Some(Item::Class(class)) if shown.rows.contains(&class) && shown.total(class) > 0.0 => {
            let (right, all) = (shown.count(class, class), shown.total(class));
            format!("{}: {right} of {all} right, {}", name(class), number(right / all, true))
        }
        Some(Item::Image(image)) => match vote(inputs, image) {
            Some(vote) if vote == inputs.class(image) => format!("image {image}, {}, is named right", name(vote)),
            Some(vote) => format!("image {image}, {}, is taken for {}", name(inputs.class(image)), name(vote)),
            None => String::new(),
        },
        _ => String::new(),
    }
}

/// Draws what the colours mean in one line, from `left` on. Where it ends.
fn scale(scene: &mut Scene, left: f64, middle: f64) -> f64 {
    const STEPS: i32 = 24;
    const STEP: f64 = 3.0;
    let words = ["all wrong", "all right"];
    let start = (left + width(words[0], SMALL) + 4.0).round();
    scene.words(words[0], (start - 4.0, middle), SMALL, Ink::Muted, Anchor::End);
    for step in 0..STEPS {
        let share = (2.0 * (f64::from(step) + 0.5) / f64::from(STEPS)) - 1.0;
        let area = [start + STEP * f64::from(step), middle - 4.0, STEP, 8.0];
        scene.block(area, Ink::Signed(share.signum() * shade(share.abs())), 1.0);
    }
    let (zero, end) = (start + 0.5 * STEP * f64::from(STEPS), start + STEP * f64::from(STEPS));
    scene.line(vec![(zero, middle - 4.0), (zero, middle + 4.0)], Stroke::new(Ink::Muted, 1.0));
    scene.frame([zero, middle - 4.0, end - zero, 8.0], Stroke::new(Ink::Ink, 1.0));
    scene.words(words[1], (end + 4.0, middle), SMALL, Ink::Muted, Anchor::Start);
    end + 4.0 + width(words[1], SMALL)
}
