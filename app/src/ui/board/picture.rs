//! One picture on the board.

use super::controls::control;
use crate::draw::painter::Painter;
use crate::draw::scenes;
use crate::model::{BoardMsg, Model};
use crate::page::Page;
use crate::ui::figures::{Format, hand_over};
use crate::ui::icons::Icon;
use crate::wire::browser;
use augsphere_charts::plots::{self, Inputs, Linked, Plot, RunCurves};
use augsphere_charts::scene::{Item, Scene};
use augsphere_spec::Value;
use leptos::{ev, html, prelude::*};

/// Milliseconds between two drawings of a picture that follows a run.
const PAUSE: f64 = 120.0;
/// Size of a saved picture, CSS pixels across.
const SAVED: f64 = 960.0;

/// A picture that is known by its name. Copies refer to the same.
#[derive(Clone, Copy)]
struct Shown {
    page: Page,
    plot: &'static dyn Plot,
}

impl Shown {
    /// What is done with everything that the picture is drawn from, as it is now.
    fn with<R>(self, act: impl FnOnce(&Inputs<'_>) -> R) -> R {
        let linked = self.linked();
        self.page.model.with_untracked(|model| {
            let run = model.state.run.as_ref();
            let answered = model.board.answer(self.plot.name(), run.map(|run| run.id));
            let set = model.board.knobs(self.plot.name()).cloned().unwrap_or_default();
            let steps = |run: &crate::model::state::Run| run.marks.iter().map(|mark| mark.step).collect::<Vec<u64>>();
            let changes: Vec<Vec<u64>> = run.into_iter().chain(&model.state.former).map(steps).collect();
            let names = ["this run", "the run before"];
            let runs: Vec<RunCurves<'_>> = run
                .into_iter()
                .chain(&model.state.former)
                .zip(names)
                .zip(&changes)
                .map(|((run, name), changes)| RunCurves {
                    name,
                    curves: &run.history,
                    changes,
                    levels: &run.levels,
                    dimension: dimension(model),
                })
                .collect();
            act(&Inputs {
                answer: answered.map(|answered| &*answered.answer),
                runs: &runs,
                images: run.map(|run| &*run.images),
                labels: run.map_or(&[], |run| run.labels.as_slice()),
                classes: run.map_or(&[], |run| run.data.classes.names.as_slice()),
                linked: &linked,
                // What is drawn is what was asked for, until the answer to what is asked now has come.
                knobs: answered.map_or(&set, |answered| &answered.knobs),
            })
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

    fn scene(self, size: (f64, f64)) -> Scene {
        self.with(|inputs| self.plot.scene(inputs, size))
    }

    /// Tells everything that looks at things what is pointed at here.
    fn point_at(self, item: Option<Item>) {
        fn to<T: PartialEq + Send + Sync + Clone + 'static>(signal: RwSignal<T>, value: T) {
            if signal.with_untracked(|known| *known != value) {
                signal.set(value);
            }
        }
        let page = self.page;
        let (image, class, step) = match item {
            Some(Item::Image(image) | Item::Pair(image, _)) => (Some(image), None, None),
            Some(Item::Class(class)) => (None, Some(class), None),
            Some(Item::Step(step)) => (None, None, Some(step)),
            None => (None, None, None),
        };
        to(page.focus, image);
        to(page.highlighted, class);
        to(page.hovered_step, step);
    }
}

fn dimension(model: &Model) -> Option<usize> {
    model.state.points.as_ref().map(|points| points.dimension)
}

/// A picture with its knobs, its words and its files.
#[component]
pub fn PictureCard(
    /// Its name.
    name: String,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let Some(plot) = plots::plot(&name) else { return ().into_any() };
    let shown = Shown { page, plot };
    let name = plot.name();
    let large = RwSignal::new(false);
    let canvas = NodeRef::<html::Canvas>::new();
    let drawn = StoredValue::new_local(Scene::default());
    let summary = RwSignal::new(String::new());
    let seen = StoredValue::new(false);
    let painter = StoredValue::new_local(Painter::new(move |_| {
        // What is out of sight is drawn when it comes into it.
        let canvas = canvas.try_get_untracked().flatten().filter(|_| seen.try_get_value() == Some(true));
        if let Some(canvas) = canvas {
            let width = f64::from(canvas.client_width()).max(160.0);
            let scene = shown.scene((width, (width * plot.aspect()).round()));
            scenes::put(&canvas, &scene, page.dark.get_untracked(), browser::pixel_ratio(), false);
            drawn.set_value(scene);
            let words = shown.with(|inputs| plot.summary(inputs));
            if summary.with_untracked(|known| *known != words) {
                summary.set(words);
            }
        }
        false
    }));
    let redraw = move || {
        let _ = painter.try_with_value(|painter| painter.request_slowly(PAUSE));
    };
    Effect::new(move |_| {
        let _ = page.dark.get();
        let _ = large.get();
        page.model.with(|_| ());
        redraw();
    });
    // What is pointed at is to be seen at once.
    Effect::new(move |_| {
        let _ = (page.focus.get(), page.highlighted.get(), page.hovered_step.get());
        let _ = (page.selected.get(), page.classes.get());
        let _ = painter.try_with_value(Painter::request);
    });
    canvas.on_load(move |canvas| {
        browser::on_resize(&canvas, redraw);
        browser::on_sight(&canvas, move |now| {
            seen.set_value(now);
            redraw();
            page.board(BoardMsg::Seen(name.into(), now));
        });
    });
    on_cleanup(move || page.board(BoardMsg::Seen(name.into(), false)));

    let under = move |event: &ev::PointerEvent| {
        drawn.with_value(|scene| scene.hit((f64::from(event.offset_x()), f64::from(event.offset_y()))))
    };
    let turn = move |knobs: Vec<(&'static str, f64)>| {
        for (knob, value) in knobs {
            page.board(BoardMsg::Turn { picture: name.into(), knob: knob.into(), value: Value::Float(value) });
        }
    };
    let drag = move |event: &ev::PointerEvent| {
        let point = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let size = drawn.with_value(|scene| (scene.width, scene.height));
        turn(shown.with(|inputs| plot.dragged(inputs, size, point)));
    };
    let moved = move |event: ev::PointerEvent| {
        shown.point_at(under(&event));
        if event.buttons() & 1 == 1 {
            drag(&event);
        }
    };
    let pressed = move |event: ev::PointerEvent| {
        drag(&event);
        let item = under(&event);
        turn(item.map(|item| plot.pressed(item)).unwrap_or_default());
        if let Some(Item::Image(image)) = item {
            page.selected.update(|selected| {
                if !selected.remove(&image) {
                    selected.insert(image);
                }
            });
        }
    };
    let knobs = plot.knobs().into_iter().map(|knob| control(page, name, knob)).collect_view();
    let source = (!plot.source().is_empty()).then(|| view! { <small>" "{plot.source()}</small> });
    let testid = format!("picture-{name}");
    let summary_id = format!("{testid}-summary");
    view! {
        <article class="board-picture" class:large=move || large.get() data-testid=testid.clone()>
            <header>
                <h3>{plot.title()}</h3>
                <button type="button" class="icon" aria-label=format!("Move {} forward", plot.title()) on:click=move |_| page.board(BoardMsg::Move(name.into(), -1))>{Icon::Before.view()}</button>
                <button type="button" class="icon" aria-label=format!("Move {} back", plot.title()) on:click=move |_| page.board(BoardMsg::Move(name.into(), 1))>{Icon::Next.view()}</button>
                <button type="button" class="icon" aria-pressed=move || large.get().to_string() aria-label=format!("Enlarge {}", plot.title()) on:click=move |_| large.update(|large| *large = !*large)>{Icon::Enlarge.view()}</button>
                <button type="button" class="icon" aria-label=format!("Take {} away", plot.title()) on:click=move |_| page.board(BoardMsg::Remove(name.into()))>{Icon::Close.view()}</button>
            </header>
            <p class="picture-sentence">{plot.sentence()}{source}</p>
            <div class="picture-plot" style:aspect-ratio=format!("{:.4}", 1.0 / plot.aspect())>
                <canvas
                    role="img" aria-label=plot.title() aria-describedby=summary_id.clone() node_ref=canvas on:pointermove=moved
                    on:pointerdown=pressed on:pointerleave=move |_| shown.point_at(None)
                ></canvas>
            </div>
            <div class="picture-knobs">{knobs}</div>
            <p class="reading" id=summary_id.clone() data-testid=summary_id>{move || summary.get()}</p>
            {files(shown)}
        </article>
    }
    .into_any()
}

/// The picture and its numbers as files.
fn files(shown: Shown) -> impl IntoView {
    let Shown { page, plot } = shown;
    let name = plot.name();
    let save = move |format: Format| hand_over(page, name, &shown.scene((SAVED, (SAVED * plot.aspect()).round())), format);
    let numbers = move |_| {
        let text = shown.with(|inputs| plot.table(inputs)).csv();
        browser::download(&format!("{name}.csv"), "text/csv", text.as_bytes());
    };
    view! {
        <p class="picture-files" data-testid=format!("picture-{name}-save")>
            <span>"Save as"</span>
            <button type="button" class="small" on:click=move |_| save(Format::Png)>"PNG"</button>
            <button type="button" class="small" on:click=move |_| save(Format::Svg)>"SVG"</button>
            <button type="button" class="small" on:click=numbers>"CSV"</button>
        </p>
    }
}
