//! The sphere on its canvas, kept fresh whoever draws it.

mod drawing;
mod gestures;

use super::icons::Icon;
use crate::draw::painter::Painter;
use crate::model::state::Drawer;
use crate::page::Page;
use crate::text;
use crate::wire::browser;
use augsphere_charts::Camera;
use augsphere_spec::{Pair, Phase, Points, Projection, SphereState};
use drawing::{draw, state, tell};
use gestures::Fingers;
use leptos::{html, prelude::*};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use web_sys::HtmlCanvasElement;

/// How long points glide to their new places, milliseconds.
const GLIDE: f64 = 220.0;
/// From how many milliseconds a frame on the sphere moves only where it must.
const DEAR: f64 = 8.0;
/// How quickly the sphere that nobody has touched yet sways, radians a second.
const IDLE_SWAY: f32 = 0.35;
/// From this angle on, radians, the sphere that nobody has touched turns after a cloud that has moved away.
const ASIDE: f32 = 0.25;
/// From this angle on, radians, it faces the cloud.
const FACED: f32 = 0.05;
/// How fast it turns there, 1 / s: the angle that is left falls by a factor of e in the reciprocal of this.
const TURN_RATE: f32 = 3.0;
/// How long a hint about gestures stays, milliseconds.
const HINT: u64 = 2200;

/// From where the sphere was seen last: what a saved figure shows. Copies refer to the same one.
#[derive(Clone, Copy, Default)]
pub struct Pose(pub RwSignal<Camera>);

/// What the sphere needs to remember between frames.
struct View {
    canvas: Option<HtmlCanvasElement>,
    handed_over: bool,
    camera: Camera,
    points: Vec<[f32; 3]>,
    former: Vec<[f32; 3]>,
    /// Two views of an image, where they are shown, and where they were before.
    pair: Option<Pair>,
    former_pair: Option<Pair>,
    projection: Projection,
    since: f64,
    /// Whether a person has turned the sphere: then it no longer moves by itself.
    touched: bool,
    /// Whether the next points are the first ones of a run, which the camera is to face.
    facing: bool,
    /// What the camera turns to, a little with every frame.
    aim: Option<Camera>,
    still: bool,
    drawn: f64,
    /// Seconds that the sphere has swayed.
    sway: f32,
    /// Milliseconds that a frame takes, a running mean.
    cost: f64,
    told: Option<SphereState>,
    pointers: BTreeMap<i32, (f32, f32)>,
    fingers: Option<Fingers>,
    travelled: f32,
    /// Whether the wheel zooms: after a click, until the pointer leaves.
    armed: bool,
}

#[derive(Clone, Copy)]
struct Handle {
    page: Page,
    pose: Pose,
    view: StoredValue<View, LocalStorage>,
    painter: StoredValue<Option<Painter>, LocalStorage>,
    pinned: RwSignal<bool>,
    /// What is said about gestures at the moment.
    hint: RwSignal<&'static str>,
    hints: StoredValue<u32>,
}

/// The canvas, and everything one can do with it.
#[component]
pub fn Sphere() -> impl IntoView {
    let page = expect_context::<Page>();
    let handle = Handle::new(page, expect_context::<Pose>());
    handle.painter.set_value(Some(Painter::new(move |time| handle.frame(time))));
    handle.watch();
    let epoch = Memo::new(move |_| page.state.with(|state| state.canvas));
    let canvas = move |_| {
        let node = NodeRef::<html::Canvas>::new();
        node.on_load(move |canvas| handle.adopt(canvas));
        view! {
            <canvas
                node_ref=node data-testid="sphere" tabindex="0" role="application" aria-roledescription="sphere of embeddings"
                aria-label="Sphere of embeddings. Arrow keys turn it, plus and minus zoom, 0 resets the view, N and P go from image to image, Escape lets go."
                on:pointerdown=move |event| handle.press(&event) on:pointermove=move |event| handle.drag(&event)
                on:pointerup=move |event| handle.release(&event) on:pointercancel=move |event| handle.release(&event)
                on:pointerleave=move |_| handle.leave() on:wheel=move |event| handle.wheel(&event) on:keydown=move |event| handle.key(&event)
                on:touchstart=move |event| handle.fingers(&event) on:touchmove=move |event| handle.fingers(&event)
                on:touchend=move |event| handle.fingers(&event) on:touchcancel=move |event| handle.fingers(&event)
            ></canvas>
        }
    };
    let back = Memo::new(move |_| page.model.with(|model| model.board.step.is_some()));
    let drawn = Memo::new(move |_| {
        page.state.with(|state| {
            let (run, points) = (state.run.as_ref()?, state.points.as_ref()?);
            let drawn = text::caption::drawn(points.xyz.len(), run.data.validation);
            Some(if back.get() { format!("step {}: {drawn}", points.step) } else { drawn })
        })
    });
    let blank = Memo::new(move |_| page.state.with(|state| state.cloud.sentence()));
    view! {
        <div class="canvas-box">
            <For each=move || [epoch.get()] key=|epoch| *epoch children=canvas />
            <span class="drawn" data-testid="drawn">{drawn}</span>
            {move || blank.get().map(|sentence| view! { <p class="blank" role="status" data-testid="blank">{sentence}</p> })}
            <p class="gesture" class:quiet=move || handle.hint.get().is_empty() aria-hidden="true">{handle.hint}</p>
        </div>
        <Tools handle />
    }
}

/// Buttons that do what gestures do.
#[component]
fn Tools(handle: Handle) -> impl IntoView {
    let zoom = move |factor: f32| handle.touch(move |view| view.camera = view.camera.zoomed(factor));
    view! {
        <div class="view-tools" role="group" aria-label="View">
            <button type="button" class="round" aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| zoom(1.25)>"+"</button>
            <button type="button" class="round" aria-label="Zoom out" title="Zoom out (\u{2212})" on:click=move |_| zoom(0.8)>"\u{2212}"</button>
            <button type="button" class="round" aria-label="Reset view: face the images" title="Reset view (0)" on:click=move |_| handle.home()>{Icon::Home.view()}</button>
        </div>
    }
}

impl Handle {
    fn new(page: Page, pose: Pose) -> Self {
        let still = browser::matches("(prefers-reduced-motion: reduce)");
        let view = View {
            canvas: None,
            handed_over: false,
            camera: Camera::default(),
            points: Vec::new(),
            former: Vec::new(),
            pair: None,
            former_pair: None,
            projection: Projection::Sphere,
            since: f64::NEG_INFINITY,
            touched: false,
            facing: true,
            aim: None,
            still,
            drawn: browser::now(),
            sway: 0.0,
            cost: 0.0,
            told: None,
            pointers: BTreeMap::new(),
            fingers: None,
            travelled: 0.0,
            armed: false,
        };
        Self {
            page,
            pose,
            view: StoredValue::new_local(view),
            painter: StoredValue::new_local(None),
            pinned: RwSignal::new(false),
            hint: RwSignal::new(""),
            hints: StoredValue::new(0),
        }
    }

    fn request(self) {
        self.painter.with_value(|painter| painter.iter().for_each(Painter::request));
    }

    /// A person has turned the sphere: it no longer turns by itself.
    fn touch(self, change: impl FnOnce(&mut View)) {
        self.view.update_value(|view| {
            // It goes on from where it has swayed to.
            view.camera = view.swayed();
            (view.touched, view.sway, view.aim) = (true, 0.0, None);
            change(view);
        });
        self.request();
    }

    /// The whole sphere, with the images in front.
    fn home(self) {
        self.touch(|view| {
            view.camera = Camera::default().facing(&view.points);
        });
    }

    /// Says how something is done, for a moment.
    fn say(self, words: &'static str) {
        self.hint.set(words);
        self.hints.update_value(|hints| *hints += 1);
        let mine = self.hints.get_value();
        let later = move || {
            if self.hints.try_get_value() == Some(mine) {
                self.hint.set("");
            }
        };
        set_timeout(later, Duration::from_millis(HINT));
    }

    /// Draws again whenever something that is drawn has changed.
    fn watch(self) {
        let page = self.page;
        let runs = Memo::new(move |_| page.state.with(|state| state.runs));
        Effect::new(move |_| {
            // Reading, not tracking: a memo that nobody has read yet does not know what it depends on.
            let _ = runs.get();
            self.view.update_value(|view| view.facing = true);
        });
        let points = Memo::new(move |_| page.state.with(|state| state.points.clone()));
        Effect::new(move |_| self.arrive(points.get()));
        let drawer = Memo::new(move |_| page.state.with(|state| state.drawer));
        Effect::new(move |_| {
            let _ = drawer.get();
            self.request();
        });
        Effect::new(move |_| {
            page.dark.track();
            page.classes.track();
            page.highlighted.track();
            page.focus.track();
            self.request();
        });
    }

    fn arrive(self, points: Option<Arc<Points>>) {
        self.view.update_value(|view| {
            let fresh = points.as_ref().map(|points| points.xyz.clone()).unwrap_or_default();
            view.former = std::mem::replace(&mut view.points, fresh);
            let pair = points.as_ref().and_then(|points| points.pair.clone());
            view.former_pair = std::mem::replace(&mut view.pair, pair);
            if let Some(points) = points {
                view.projection = points.projection;
            }
            view.since = browser::now();
            view.face();
        });
        self.request();
    }

    fn adopt(self, canvas: HtmlCanvasElement) {
        browser::on_resize(&canvas, move || self.request());
        self.view.update_value(|view| {
            view.canvas = Some(canvas);
            (view.handed_over, view.told) = (false, None);
        });
        if self.page.state.with_untracked(|state| state.drawer) == Some(Drawer::Worker) {
            self.hand_over();
        }
        self.request();
    }

    fn hand_over(self) {
        self.view.update_value(|view| {
            let Some(offscreen) = view.canvas.as_ref().and_then(|canvas| canvas.transfer_control_to_offscreen().ok()) else {
                return;
            };
            view.handed_over = true;
            self.page.hand_over(&offscreen);
        });
    }

    /// One frame; `true` asks for the next.
    fn frame(self, time: f64) -> bool {
        let page = self.page;
        let mut going = false;
        self.view.try_update_value(|view| {
            let passed = ((time - view.drawn) / 1000.0).clamp(0.0, 0.1) as f32;
            view.drawn = time;
            // A worker that trains would have to stop for every frame; a slow machine has better things to do.
            let busy = view.handed_over && page.state.with_untracked(|state| state.phase == Some(Phase::Running));
            let idle = !view.touched && !view.still && view.projection != Projection::Circle;
            if idle && view.cost < DEAR && !busy {
                view.sway += passed;
                going = !view.points.is_empty();
            }
            going |= view.turn(passed);
            self.pose.0.set(view.seen());
            let Some(canvas) = view.canvas.clone() else { return };
            let ratio = browser::pixel_ratio();
            let size = ((f64::from(canvas.client_width()) * ratio) as u32, (f64::from(canvas.client_height()) * ratio) as u32);
            if size.0 == 0 || size.1 == 0 {
                return;
            }
            let state = state(page, view.seen(), size, ratio);
            if view.handed_over {
                tell(page, view, state);
            } else if page.state.with_untracked(|state| state.drawer) == Some(Drawer::Page) {
                going |= draw(page, view, &canvas, &state, time);
                view.cost += 0.1 * (browser::now() - time - view.cost);
            }
        });
        going
    }
}

impl View {
    /// Turns to the cloud: at once to that of a new run, by and by to one that has moved aside while nobody has touched anything.
    fn face(&mut self) {
        if self.points.is_empty() || self.projection == Projection::Circle {
            return;
        }
        let faced = self.camera.facing(&self.points);
        if std::mem::take(&mut self.facing) {
            (self.camera, self.touched, self.sway, self.aim) = (faced, false, 0.0, None);
        } else if !self.touched && !self.still && (self.aim.is_some() || self.camera.apart(faced) > ASIDE) {
            self.aim = Some(faced);
        }
    }

    /// Turns on to what the camera aims at for `passed` seconds; whether there is more to turn.
    fn turn(&mut self, passed: f32) -> bool {
        let Some(aim) = self.aim else { return false };
        self.camera = self.camera.towards(aim, 1.0 - (-TURN_RATE * passed).exp());
        self.aim.take_if(|aim| self.camera.apart(*aim) < FACED);
        self.aim.is_some()
    }

    fn swayed(&self) -> Camera {
        self.camera.swaying(self.sway, IDLE_SWAY)
    }

    /// The camera of this frame. A circle is always seen from the front, with room for the histogram around it.
    fn seen(&self) -> Camera {
        if self.projection == Projection::Circle { Camera::front(0.84 * self.camera.zoom) } else { self.swayed() }
    }
}
