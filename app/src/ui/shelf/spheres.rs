//! The spheres of the chosen runs side by side, all seen from the same side: who turns one turns all.

use super::compare::{Version, live};
use crate::draw::painter::Painter;
use crate::draw::scenes;
use crate::model::Model;
use crate::model::shelf::sphere::Sphere;
use crate::page::Page;
use crate::text::shelf as words;
use crate::wire::browser;
use augsphere_charts::{Camera, Globe};
use augsphere_spec::SphereState;
use leptos::{ev, html, prelude::*};
use std::sync::Arc;

/// The spheres follow a run that trains this often, milliseconds.
const PAUSE: f64 = 200.0;
/// How far an arrow key turns them, CSS pixels.
const KEY: f32 = 24.0;
/// Room that a circle leaves for the histogram around it.
const CIRCLE: f32 = 0.84;

/// What is seen of a chosen run.
#[derive(Clone, PartialEq)]
struct Seen {
    id: String,
    name: String,
    step: u64,
    sphere: Option<Arc<Sphere>>,
}

/// The chosen runs: the one on the page as it is now, the others as they were written last.
fn seen(model: &Model) -> Vec<Seen> {
    let entries = model.shelf.chosen.iter().filter_map(|id| model.shelf.entry(id));
    let one = entries.map(|entry| {
        let live = live(model, &entry.header.id);
        let points = live.and_then(|run| Some((model.state.present.as_ref()?, run)));
        let now = points.map(|(points, run)| (points.step, Arc::new(Sphere::of(points, &run.labels))));
        let (step, sphere) = match now {
            Some((step, sphere)) => (step, Some(sphere)),
            None => (entry.header.step, entry.sphere.clone()),
        };
        Seen { id: entry.header.id.clone(), name: entry.header.name.clone(), step, sphere }
    });
    one.collect()
}

/// The spheres of the chosen runs.
#[component]
pub fn Spheres(version: Version) -> impl IntoView {
    let page = expect_context::<Page>();
    let camera = RwSignal::new(Camera::default());
    let shown = RwSignal::new(Vec::<Seen>::new());
    let look = StoredValue::new_local(Painter::new(move |_| {
        let now = page.model.with_untracked(seen);
        if shown.with_untracked(|shown| *shown != now) {
            shown.set(now);
        }
        false
    }));
    let points = Memo::new(move |_| page.state.with(|state| state.present.as_ref().map(|points| points.step)));
    Effect::new(move |_| {
        let _ = (version.get(), points.get());
        let _ = look.try_with_value(|look| look.request_slowly(PAUSE));
    });
    let ids = Memo::new(move |_| shown.with(|shown| shown.iter().map(|seen| seen.id.clone()).collect::<Vec<_>>()));
    let one = move |id: String| {
        let seen = Memo::new(move |_| shown.with(|shown| shown.iter().find(|seen| seen.id == id).cloned()));
        view! { <One seen camera /> }
    };
    view! {
        <div class="compare-pictures compare-spheres" data-testid="compare-spheres">
            <For each=move || ids.get() key=Clone::clone children=one />
        </div>
    }
}

/// The sphere of one run.
#[component]
fn One(seen: Memo<Option<Seen>>, camera: RwSignal<Camera>) -> impl IntoView {
    let page = expect_context::<Page>();
    let canvas = NodeRef::<html::Canvas>::new();
    let sphere = Memo::new(move |_| seen.with(|seen| seen.as_ref().and_then(|seen| seen.sphere.clone())));
    let name = Memo::new(move |_| seen.with(|seen| seen.as_ref().map(|seen| seen.name.clone()).unwrap_or_default()));
    let step = Memo::new(move |_| seen.with(|seen| seen.as_ref().map_or(0, |seen| seen.step)));
    let painter = StoredValue::new_local(Painter::new(move |_| {
        if let (Some(canvas), Some(sphere)) = (canvas.try_get_untracked().flatten(), sphere.try_get_untracked().flatten()) {
            let side = canvas.client_width().max(1);
            let seen_from = if sphere.is_circle() { Camera::front(CIRCLE) } else { camera.get_untracked() };
            let Camera { yaw, pitch, zoom } = seen_from;
            let state = SphereState {
                yaw,
                pitch,
                zoom,
                width: side.unsigned_abs(),
                height: side.unsigned_abs(),
                ratio: 1.0,
                dark: page.dark.get_untracked(),
                classes: page.classes.get_untracked(),
                highlighted: page.highlighted.get_untracked(),
                focus: None,
                neighbours: Vec::new(),
            };
            let scene = Globe::seen(&sphere.points, &sphere.labels, sphere.is_circle(), &state).scene();
            scenes::put(&canvas, &scene, state.dark, browser::pixel_ratio(), false);
        }
        false
    }));
    let redraw = move || {
        let _ = painter.try_with_value(Painter::request);
    };
    Effect::new(move |_| {
        sphere.with(|_| ());
        let _ = (camera.get(), page.dark.get(), page.highlighted.get());
        page.classes.with(|_| ());
        redraw();
    });
    canvas.on_load(move |canvas| browser::on_resize(&canvas, redraw));
    let turn = move |dx: f32, dy: f32| {
        if let Some(side) = canvas.get_untracked().map(|canvas| canvas.client_width() as f32) {
            camera.update(|camera| *camera = camera.dragged(dx, dy, side, side));
        }
    };
    // Where the pointer was that turns them. A finger is left to the page, which scrolls.
    let held = StoredValue::new(None::<(f32, f32)>);
    let at = |event: &ev::PointerEvent| (event.client_x() as f32, event.client_y() as f32);
    let press = move |event: ev::PointerEvent| {
        if event.pointer_type() != "touch" {
            held.set_value(Some(at(&event)));
            if let Some(canvas) = canvas.get_untracked() {
                // Refused only for a pointer that is gone by now.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let drag = move |event: ev::PointerEvent| {
        if let Some(before) = held.get_value() {
            let now = at(&event);
            held.set_value(Some(now));
            turn(now.0 - before.0, now.1 - before.1);
        }
    };
    let release = move |_: ev::PointerEvent| held.set_value(None);
    let key = move |event: ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" => turn(-KEY, 0.0),
            "ArrowRight" => turn(KEY, 0.0),
            "ArrowUp" => turn(0.0, -KEY),
            "ArrowDown" => turn(0.0, KEY),
            "+" | "=" => camera.update(|camera| *camera = camera.zoomed(1.15)),
            "-" => camera.update(|camera| *camera = camera.zoomed(0.87)),
            "0" => camera.set(Camera::default()),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <figure class="compare-picture" data-testid="compare-sphere">
            <figcaption><h3>{name}</h3><span class="run-standing">{move || words::at_step(step.get())}</span></figcaption>
            <Show
                when=move || sphere.with(Option::is_some)
                fallback=|| view! { <p class="reading">"No sphere was written with this run. Resume it, and its sphere is kept from then on."</p> }
            >
                <canvas
                    class="compare-sphere" node_ref=canvas tabindex="0" role="application" aria-roledescription="sphere of embeddings"
                    aria-label=move || format!("Sphere of {}. Arrow keys turn all spheres, plus and minus zoom, 0 resets the view.", name.get())
                    on:pointerdown=press on:pointermove=drag on:pointerup=release on:pointercancel=release on:keydown=key
                ></canvas>
            </Show>
        </figure>
    }
}
