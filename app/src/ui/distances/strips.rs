//! What do the views of every image look like?

use super::Scope;
use crate::model::distances::Answer;
use crate::ui::drawn::drawn;
use augsphere_charts::scene::{Ink, Scene};
use augsphere_spec::Thumbnails;
use leptos::{ev, prelude::*};

/// CSS pixels of a view.
const SIZE: f64 = 34.0;

/// Where on the canvas is which view: a bar in the colour of the class, then views with a gap between them.
#[derive(Clone, Copy)]
struct Places {
    bar: usize,
    pitch: usize,
    rows: usize,
    columns: usize,
}

impl Places {
    fn of(answer: &Answer) -> Self {
        let side = answer.pack.side.max(1);
        let gap = (side / 16).max(1);
        Self { bar: 2 * gap, pitch: side + gap, rows: answer.count(), columns: answer.shown }
    }

    fn size(self) -> (usize, usize) {
        (self.bar + self.columns * self.pitch, self.rows * self.pitch)
    }
}

/// One row an image, the image itself first; words of the view that is pointed at.
pub fn part(scope: Scope) -> AnyView {
    let (canvas, _) = drawn(move |_| scope.answer.with(|answer| answer.as_ref().map(|answer| scene(answer)).unwrap_or_default()));
    let pointed = RwSignal::new(None::<(usize, usize)>);
    let places = move || scope.answer.with(|answer| answer.as_ref().map(|answer| Places::of(answer)));
    let width = move || places().map(|places| format!("{:.0}px", SIZE * places.size().0 as f64 / places.pitch as f64));
    let point = move |event: ev::PointerEvent| {
        let (Some(places), Some(canvas)) = (places(), canvas.get_untracked()) else { return };
        let scale = places.size().0 as f64 / f64::from(canvas.client_width()).max(1.0) / places.pitch as f64;
        let column = f64::from(event.offset_x()) * scale - places.bar as f64 / places.pitch as f64;
        let row = f64::from(event.offset_y()) * scale;
        let inside = column >= 0.0 && (column as usize) < places.columns && row >= 0.0 && (row as usize) < places.rows;
        pointed.set(inside.then_some((row as usize, column as usize)));
    };
    // A finger leaves with every tap; what it tapped stays.
    let leave = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse" {
            pointed.set(None);
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        let Some(places) = places() else { return };
        let (row, column) = pointed.get_untracked().unwrap_or((0, 0));
        pointed.set(Some(match event.key().as_str() {
            "ArrowRight" => (row, (column + 1).min(places.columns.saturating_sub(1))),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowDown" => ((row + 1).min(places.rows.saturating_sub(1)), column),
            "ArrowUp" => (row.saturating_sub(1), column),
            _ => return,
        }));
        event.prevent_default();
    };
    let text = move || match (pointed.get(), scope.answer.get()) {
        (Some((row, column)), Some(answer)) => scope.view(&answer, row, column),
        _ => "Point at a view, or tap it, to read what was done to it.".to_owned(),
    };
    let frame = move || {
        let (places, (row, column)) = (places()?, pointed.get()?);
        let (width, height) = places.size();
        let share = |part: usize, whole: usize| format!("{:.3}%", 100.0 * part as f64 / whole.max(1) as f64);
        Some(view! {
            <i class="frame" style:left=share(places.bar + column * places.pitch, width) style:top=share(row * places.pitch, height)
                style:width=share(places.pitch, width) style:height=share(places.pitch, height)></i>
        })
    };
    view! {
        <section class="distances-part">
            <h3>"The views"</h3>
            <div class="strips" data-testid="distances-strips">
                <div class="strips-inner" style:width=width>
                    <canvas
                        node_ref=canvas role="img" tabindex="0" aria-label="Every image with its views, one image a row; arrow keys move"
                        on:pointermove=point on:pointerdown=point on:pointerleave=leave on:keydown=press
                        on:blur=move |_| pointed.set(None)
                    ></canvas>
                    {frame}
                </div>
            </div>
            <p class="view-words" data-testid="distances-words" aria-live="polite">{text}</p>
            <p class="reading">
                "One row an image, the image itself first; the bar has the colour of its class. The more the views of different rows "
                "look alike, the nearer the two images come."
            </p>
        </section>
    }
    .into_any()
}

/// The views, each of [`SIZE`] CSS pixels without the gap beside it.
fn scene(answer: &Answer) -> Scene {
    let places = Places::of(answer);
    let scale = SIZE / places.pitch as f64;
    let (width, height) = places.size();
    let mut scene = Scene::new((scale * width as f64, scale * height as f64));
    let side = scale * answer.pack.side as f64;
    for row in 0..places.rows {
        let upper = scale * (row * places.pitch) as f64;
        scene.block([0.0, upper, 0.5 * scale * places.bar as f64, side], Ink::Class(answer.data.classes[row]), 1.0);
        for column in 0..places.columns {
            let view = Thumbnails { side: answer.pack.side, rgba: answer.pixels(answer.view(row, column).0).to_vec() };
            scene.image(&view, 0, [scale * (places.bar + column * places.pitch) as f64, upper, side, side]);
        }
    }
    scene
}
