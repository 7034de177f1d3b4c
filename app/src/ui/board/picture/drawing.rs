//! The drawing of a picture, and what a pointer does on it.

use super::shown::{Shown, tell};
use crate::draw::painter::Painter;
use crate::draw::scenes;
use crate::model::BoardMsg;
use crate::wire::browser;
use augsphere_charts::scene::{Ink, Item, Scene, Stroke};
use augsphere_spec::Value;
use leptos::{ev, html, prelude::*};
use std::collections::BTreeSet;

/// Milliseconds between two drawings of a picture that follows a run.
const PAUSE: f64 = 120.0;

/// The picture on its canvas. A drag turns what can be turned; with Shift, or while `choosing`, it is a loop around images. `choosable` tells
/// whether there are any, `summary` what is to be seen.
#[component]
pub fn Drawing(
    shown: Shown,
    large: RwSignal<bool>,
    choosing: RwSignal<bool>,
    choosable: RwSignal<bool>,
    summary: RwSignal<String>,
    described_by: String,
) -> impl IntoView {
    let Shown { page, plot } = shown;
    let name = plot.name();
    let canvas = NodeRef::<html::Canvas>::new();
    let drawn = StoredValue::new_local(Scene::default());
    let seen = StoredValue::new(false);
    // Width over height of the whole picture.
    let shape = RwSignal::new(1.0 / plot.aspect());
    // The loop that is being drawn.
    let path = StoredValue::new_local(Vec::<(f64, f64)>::new());
    let painter = StoredValue::new_local(Painter::new(move |_| {
        // What is out of sight is drawn when it comes into it.
        let canvas = canvas.try_get_untracked().flatten().filter(|_| seen.try_get_value() == Some(true));
        if let Some(canvas) = canvas {
            let mut scene = shown.scene(f64::from(canvas.client_width()).max(160.0));
            tell(shape, scene.width / scene.height.max(1.0));
            tell(choosable, scene.things.iter().filter(|(_, item)| matches!(item, Item::Image(_))).count() > 2);
            tell(summary, shown.summary());
            path.with_value(|path| {
                scene.area(path.clone(), Ink::Accent, 0.12);
                scene.line(path.clone(), Stroke::new(Ink::Accent, 1.5).dashed());
            });
            scenes::put(&canvas, &scene, page.dark.get_untracked(), browser::pixel_ratio(), false);
            drawn.set_value(scene);
        }
        false
    }));
    let redraw = move || {
        let _ = painter.try_with_value(|painter| painter.request_slowly(PAUSE));
    };
    let at_once = move || {
        let _ = painter.try_with_value(Painter::request);
    };
    Effect::new(move |_| {
        let _ = (page.dark.get(), large.get());
        page.model.with(|_| ());
        redraw();
    });
    // What is pointed at is to be seen at once.
    Effect::new(move |_| {
        let _ = (page.focus.get(), page.highlighted.get(), page.hovered_step.get());
        let _ = (page.selected.get(), page.classes.get());
        at_once();
    });
    let turn = move |knobs: Vec<(&'static str, f64)>| {
        for (knob, value) in knobs {
            page.board(BoardMsg::Turn { picture: name.into(), knob: knob.into(), value: Value::Float(value) });
        }
    };
    // What is chosen anywhere may turn knobs here.
    Effect::new(move |_| {
        let knobs = page.model.with_untracked(|model| model.board.knobs(name).cloned()).unwrap_or_default();
        turn(page.selected.with(|selected| plot.chosen(selected, &knobs)));
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

    let at = |event: &ev::PointerEvent| (f64::from(event.offset_x()), f64::from(event.offset_y()));
    let under = move |event: &ev::PointerEvent| drawn.with_value(|scene| scene.hit(at(event)));
    let drag = move |event: &ev::PointerEvent| turn(shown.dragged(drawn.with_value(|scene| scene.width), at(event)));
    let moved = move |event: ev::PointerEvent| {
        if path.with_value(|path| !path.is_empty()) {
            path.update_value(|path| path.push(at(&event)));
            return at_once();
        }
        shown.point_at(under(&event));
        if event.buttons() & 1 == 1 {
            drag(&event);
        }
    };
    let pressed = move |event: ev::PointerEvent| {
        if choosable.get_untracked() && (choosing.get_untracked() || event.shift_key()) {
            if let Some(canvas) = canvas.get_untracked() {
                // Refused only for a pointer that is already gone.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
            return path.set_value(vec![at(&event)]);
        }
        drag(&event);
        let item = under(&event);
        turn(item.map(|item| plot.pressed(item)).unwrap_or_default());
        match item {
            Some(Item::Image(image)) => page.selected.update(|selected| {
                if !selected.remove(&image) {
                    selected.insert(image);
                }
            }),
            Some(Item::Pair(one, other)) => page.selected.update(|selected| {
                let pair = BTreeSet::from([one, other]);
                *selected = if *selected == pair { BTreeSet::new() } else { pair };
            }),
            _ => {}
        }
    };
    // The end of a loop; with Ctrl or the command key its images join those that are chosen.
    let released = move |event: ev::PointerEvent| {
        let closed = path.try_update_value(std::mem::take).unwrap_or_default();
        if closed.len() > 2 {
            let mut inside = drawn.with_value(|scene| scene.inside(&closed));
            if event.ctrl_key() || event.meta_key() {
                page.selected.with_untracked(|known| inside.extend(known));
            }
            page.selected.set(inside);
        }
        at_once();
    };
    view! {
        <div class="picture-plot" class:choosing=move || choosing.get() style:aspect-ratio=move || format!("{:.4}", shape.get())>
            <canvas
                role="img" aria-label=plot.title() aria-describedby=described_by node_ref=canvas on:pointermove=moved
                on:pointerdown=pressed on:pointerup=released on:pointercancel=released on:pointerleave=move |_| shown.point_at(None)
            ></canvas>
        </div>
    }
}
