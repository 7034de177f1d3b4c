//! What a picture on the board is drawn from: the run that is shown, and the one before beside it.

use crate::model::Model;
use crate::model::state::Run;
use crate::page::Page;
use augsphere_charts::plots::{Inputs, Linked, Plot, RunCurves, Table};
use augsphere_charts::scene::{Anchor, Ink, Item, Scene};
use leptos::prelude::*;

/// Names of the two runs.
const NAMES: [&str; 2] = ["this run", "the run before"];
/// Two pictures stand beside each other from this width on, CSS pixels, else one below the other.
const WIDE: f64 = 560.0;
/// Room for the name of a run above its picture, and between the two.
const ROOM: f64 = 20.0;

/// A picture that is known by its name. Copies refer to the same.
#[derive(Clone, Copy)]
pub struct Shown {
    pub page: Page,
    pub plot: &'static dyn Plot,
}

impl Shown {
    /// What is done with everything that the picture is drawn from, as it is now; of the run before, if that is asked for and to be seen.
    fn with<R>(self, of_before: bool, act: impl FnOnce(&Inputs<'_>) -> R) -> Option<R> {
        let linked = self.linked();
        self.page.model.with_untracked(|model| {
            let (board, name) = (&model.board, self.plot.name());
            let (shown, former) = (model.state.run.as_ref(), model.state.former.as_ref());
            let (run, answered) = if of_before {
                let former = former?;
                (Some(former), Some(board.answer_before(name, former.id)?))
            } else {
                (shown, board.answer(name, shown.map(|run| run.id)))
            };
            let set = board.knobs(name).cloned().unwrap_or_default();
            let steps = |run: &Run| run.marks.iter().map(|mark| mark.step).collect::<Vec<u64>>();
            let changes: Vec<Vec<u64>> = shown.into_iter().chain(former).map(steps).collect();
            let curves = shown.into_iter().chain(former).zip(NAMES).zip(&changes).map(|((run, name), changes)| RunCurves {
                name,
                curves: &run.history,
                changes,
                levels: &run.levels,
                dimension: dimension(model),
            });
            let mut runs: Vec<RunCurves<'_>> = curves.collect();
            if of_before {
                runs.reverse();
            }
            Some(act(&Inputs {
                answer: answered.map(|answered| &*answered.answer),
                runs: &runs,
                studies: model.studies.begun(),
                images: run.map(|run| &*run.images),
                labels: run.map_or(&[], |run| run.labels.as_slice()),
                classes: run.map_or(&[], |run| run.data.classes.names.as_slice()),
                linked: &linked,
                // What is drawn is what was asked for, until the answer to what is asked now has come.
                knobs: answered.map_or(&set, |answered| &answered.knobs),
            }))
        })
    }

    fn linked(self) -> Linked {
        let page = self.page;
        let image = page.focus.get_untracked().map(Item::Image);
        let class = page.highlighted.get_untracked().map(Item::Class);
        let step = page.hovered_step.get_untracked();
        Linked {
            hovered: image.or(class).or(step.map(Item::Step)),
            selected: page.selected.get_untracked(),
            classes: page.classes.get_untracked(),
            step: page.model.with_untracked(|model| model.board.step),
        }
    }

    /// Where the pictures stand on a surface of this width (left, upper, width and height): of the run that is shown, and of the one before
    /// if that is to be seen.
    fn areas(self, width: f64) -> Vec<[f64; 4]> {
        let high = |width: f64| (width * self.plot.aspect()).round();
        if self.with(true, |_| ()).is_none() {
            return vec![[0.0, 0.0, width, high(width)]];
        }
        let half = (0.5 * (width - ROOM)).floor();
        if width < WIDE {
            let height = high(width);
            vec![[0.0, ROOM, width, height], [0.0, height + 2.0 * ROOM, width, height]]
        } else {
            vec![[0.0, ROOM, half, high(half)], [width - half, ROOM, half, high(half)]]
        }
    }

    /// What a picture is called where there are two: its run, and the step that it shows.
    fn called(self, of_before: bool) -> String {
        let step = self.with(of_before, |inputs| inputs.answer.map(|answer| answer.step)).flatten();
        let name = NAMES[usize::from(of_before)];
        step.map_or_else(|| name.to_owned(), |step| format!("{name}, step {step}"))
    }

    /// The whole picture, so many CSS pixels wide.
    pub fn scene(self, width: f64) -> Scene {
        let areas = self.areas(width);
        let height = areas.iter().map(|area| area[1] + area[3]).fold(0.0, f64::max);
        let mut whole = Scene::new((width, height));
        for (place, [left, upper, width, height]) in areas.iter().copied().enumerate() {
            if areas.len() > 1 {
                whole.words(&self.called(place == 1), (left + 4.0, upper - 0.5 * ROOM), 12.0, Ink::Ink, Anchor::Start);
            }
            let scene = self.with(place == 1, |inputs| self.plot.scene(inputs, (width, height)));
            whole.add(scene.unwrap_or_default(), (left, upper));
        }
        whole
    }

    /// What knobs become when a point of the whole picture is dragged.
    pub fn dragged(self, width: f64, (x, y): (f64, f64)) -> Vec<(&'static str, f64)> {
        let areas = self.areas(width).into_iter().enumerate();
        let around = |(_, [left, upper, width, height]): &(usize, [f64; 4])| {
            (*left..left + width).contains(&x) && (*upper..upper + height).contains(&y)
        };
        let turned = areas.into_iter().find(around).and_then(|(place, [left, upper, width, height])| {
            self.with(place == 1, |inputs| self.plot.dragged(inputs, (width, height), (x - left, y - upper)))
        });
        turned.unwrap_or_default()
    }

    /// What is to be seen, in words.
    pub fn summary(self) -> String {
        let words = |of_before: bool| self.with(of_before, |inputs| self.plot.summary(inputs));
        let now = words(false).unwrap_or_default();
        let both = |before: String| {
            let [this, former] = [false, true].map(|of_before| self.called(of_before).replacen('t', "T", 1));
            format!("{this}: {now} {former}: {before}")
        };
        words(true).map_or_else(|| now.clone(), both)
    }

    /// Its numbers.
    pub fn table(self) -> Table {
        let table = |of_before: bool| self.with(of_before, |inputs| self.plot.table(inputs));
        let now = table(false).unwrap_or_default();
        table(true).map_or_else(|| now.clone(), |before| Table::together("run", NAMES.into_iter().zip([now.clone(), before])))
    }

    /// Tells everything that looks at things what is pointed at here.
    pub fn point_at(self, item: Option<Item>) {
        let page = self.page;
        let (image, class, step) = match item {
            Some(Item::Image(image) | Item::Pair(image, _)) => (Some(image), None, None),
            Some(Item::Class(class)) => (None, Some(class), None),
            Some(Item::Step(step)) => (None, None, Some(step)),
            None => (None, None, None),
        };
        tell(page.focus, image);
        tell(page.highlighted, class);
        tell(page.hovered_step, step);
    }
}

/// Sets a signal to a value that it does not have.
pub fn tell<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}

fn dimension(model: &Model) -> Option<usize> {
    model.state.points.as_ref().map(|points| points.dimension)
}
