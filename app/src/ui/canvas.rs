//! How is the sphere turned, zoomed, pointed at and kept fresh, whoever draws it?

use crate::browser;
use crate::page::Page;
use crate::painter::Painter;
use crate::picking::{between, pick, unpack, walk};
use crate::sphere::{Dots, Scene, paint};
use crate::state::Drawer;
use augsphere_charts::Camera;
use augsphere_spec::{Command, Points, Projection, Topic};
use leptos::{ev, html, prelude::*};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, PointerEvent};

/// How long points glide to their new places, milliseconds.
const GLIDE: f64 = 220.0;
/// Turns a second, in radians, of the sphere that nobody has touched yet.
const IDLE_SPIN: f32 = 0.12;

/// What the sphere needs to remember between frames.
struct View {
    canvas: Option<HtmlCanvasElement>,
    context: Option<CanvasRenderingContext2d>,
    handed_over: bool,
    camera: Camera,
    points: Vec<[f32; 3]>,
    former: Vec<[f32; 3]>,
    projection: Projection,
    since: f64,
    dots: Option<Dots>,
    spinning: bool,
    still: bool,
    drawn: f64,
    owed: bool,
    told: Option<Command>,
    pointers: BTreeMap<i32, (f32, f32)>,
    travelled: f32,
}

#[derive(Clone, Copy)]
struct Handle {
    page: Page,
    view: StoredValue<View, LocalStorage>,
    painter: StoredValue<Option<Painter>, LocalStorage>,
    pinned: RwSignal<bool>,
}

/// The canvas, and everything one can do with it.
#[component]
pub fn Sphere() -> impl IntoView {
    let page = expect_context::<Page>();
    let still = browser::matches("(prefers-reduced-motion: reduce)");
    let view = View {
        canvas: None,
        context: None,
        handed_over: false,
        camera: Camera::default(),
        points: Vec::new(),
        former: Vec::new(),
        projection: Projection::Sphere,
        since: f64::NEG_INFINITY,
        dots: None,
        spinning: !still,
        still,
        drawn: browser::now(),
        owed: false,
        told: None,
        pointers: BTreeMap::new(),
        travelled: 0.0,
    };
    let handle =
        Handle { page, view: StoredValue::new_local(view), painter: StoredValue::new_local(None), pinned: RwSignal::new(false) };
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
            ></canvas>
        }
    };
    let zoom = move |factor: f32| handle.touch(move |view| view.camera = view.camera.zoomed(factor));
    view! {
        <div class="canvas-box"><For each=move || [epoch.get()] key=|epoch| *epoch children=canvas /></div>
        <div class="view-tools" role="group" aria-label="View">
            <button type="button" class="round" aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| zoom(1.25)>"+"</button>
            <button type="button" class="round" aria-label="Zoom out" title="Zoom out (\u{2212})" on:click=move |_| zoom(0.8)>"\u{2212}"</button>
            <button type="button" class="round" aria-label="Reset view" title="Reset view (0)" on:click=move |_| handle.home()>{super::icons::Icon::Home.view()}</button>
        </div>
    }
}

impl Handle {
    fn request(self) {
        self.painter.with_value(|painter| painter.iter().for_each(Painter::request));
    }

    /// A person has turned the sphere: it no longer turns by itself.
    fn touch(self, change: impl FnOnce(&mut View)) {
        self.view.update_value(|view| {
            view.spinning = false;
            change(view);
        });
        self.request();
    }

    fn home(self) {
        self.touch(|view| view.camera = Camera::default());
    }

    /// Draws again whenever something that is drawn has changed.
    fn watch(self) {
        let page = self.page;
        let points = Memo::new(move |_| page.state.with(|state| state.points.clone()));
        Effect::new(move |_| self.arrive(points.get()));
        let drawer = Memo::new(move |_| page.state.with(|state| state.drawer));
        let picked = Memo::new(move |_| page.state.with(|state| state.pick.clone()));
        Effect::new(move |_| {
            drawer.track();
            self.attach();
            self.request();
        });
        Effect::new(move |_| {
            (page.dark.track(), page.classes.track(), page.bright.track(), page.focus.track(), picked.track());
            self.request();
        });
    }

    fn arrive(self, points: Option<Arc<Points>>) {
        self.view.update_value(|view| {
            let fresh = points.as_ref().map(|points| unpack(&points.xyz)).unwrap_or_default();
            view.former = std::mem::replace(&mut view.points, fresh);
            if let Some(points) = points {
                view.projection = points.projection;
                view.owed = true;
            }
            view.since = browser::now();
        });
        self.request();
    }

    fn adopt(self, canvas: HtmlCanvasElement) {
        browser::on_resize(&canvas, move || self.request());
        self.view.update_value(|view| {
            view.canvas = Some(canvas);
            (view.context, view.handed_over, view.told) = (None, false, None);
        });
        if self.page.state.with_untracked(|state| state.drawer) == Some(Drawer::Worker) {
            self.hand_over();
        }
        self.attach();
        self.request();
    }

    /// The page draws on this canvas, if it is the page that draws.
    fn attach(self) {
        if self.page.state.with_untracked(|state| state.drawer) == Some(Drawer::Page) {
            self.view.update_value(|view| {
                if !view.handed_over && view.context.is_none() {
                    view.context = view.canvas.as_ref().and_then(browser::context);
                }
            });
        }
    }

    fn hand_over(self) {
        self.view.update_value(|view| {
            let Some(offscreen) = view.canvas.as_ref().and_then(|canvas| canvas.transfer_control_to_offscreen().ok()) else {
                return;
            };
            view.handed_over = true;
            self.page.with_connection(|connection| connection.hand_over(&offscreen));
        });
    }

    /// One frame; `true` asks for the next.
    fn frame(self, time: f64) -> bool {
        let page = self.page;
        let mut going = false;
        let mut acknowledge = None;
        self.view.update_value(|view| {
            let passed = ((time - view.drawn) / 1000.0).clamp(0.0, 0.1) as f32;
            view.drawn = time;
            if view.spinning && view.projection != Projection::Circle {
                view.camera.yaw += IDLE_SPIN * passed;
                going = !view.points.is_empty();
            }
            let Some(canvas) = view.canvas.clone() else { return };
            let ratio = browser::pixel_ratio();
            let size = ((f64::from(canvas.client_width()) * ratio) as u32, (f64::from(canvas.client_height()) * ratio) as u32);
            if size.0 == 0 || size.1 == 0 {
                return;
            }
            if view.handed_over {
                tell(page, view, size);
            } else {
                going |= draw(page, view, &canvas, size, ratio, time);
            }
            if std::mem::take(&mut view.owed) {
                acknowledge = Some(view.handed_over);
            }
        });
        match acknowledge {
            // What the worker draws it has at hand; the page needs the points for pointing only.
            Some(true) => set_timeout(move || page.send(&Command::Acknowledge(Topic::Points)), Duration::from_millis(400)),
            Some(false) => page.send(&Command::Acknowledge(Topic::Points)),
            None => {}
        }
        going
    }

    fn press(self, event: &PointerEvent) {
        if let Some(canvas) = self.view.with_value(|view| view.canvas.clone()) {
            // Refused only for a pointer that is already gone.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        self.view.update_value(|view| {
            view.pointers.insert(event.pointer_id(), at(event));
            view.travelled = 0.0;
        });
    }

    fn drag(self, event: &PointerEvent) {
        let now = at(event);
        let pressed = self.view.with_value(|view| view.pointers.contains_key(&event.pointer_id()));
        if !pressed {
            if !self.pinned.get_untracked() {
                self.point_at(self.under(now));
            }
            return;
        }
        self.touch(|view| {
            let before = view.pointers.insert(event.pointer_id(), now).unwrap_or(now);
            let (dx, dy) = (now.0 - before.0, now.1 - before.1);
            view.travelled += dx.hypot(dy);
            let other = view.pointers.iter().find(|(id, _)| **id != event.pointer_id()).map(|(_, place)| *place);
            if let Some(other) = other {
                let spread = |place: (f32, f32)| (place.0 - other.0).hypot(place.1 - other.1).max(1.0);
                view.camera = view.camera.zoomed(spread(now) / spread(before));
            } else if let Some(canvas) = &view.canvas {
                view.camera = view.camera.dragged(dx, dy, canvas.client_width() as f32, canvas.client_height() as f32);
            }
        });
    }

    /// A press without a drag holds on to a point, or lets go.
    fn release(self, event: &PointerEvent) {
        let clicked =
            self.view.try_update_value(|view| view.pointers.remove(&event.pointer_id()).is_some() && view.travelled < 5.0);
        if clicked == Some(true) && event.type_() == "pointerup" {
            let found = self.under(at(event));
            self.pinned.set(found.is_some());
            self.point_at(found);
        }
    }

    fn leave(self) {
        if !self.pinned.get_untracked() {
            self.point_at(None);
        }
    }

    fn point_at(self, index: Option<usize>) {
        if self.page.focus.get_untracked() != index {
            self.page.focus.set(index);
        }
    }

    fn wheel(self, event: &ev::WheelEvent) {
        event.prevent_default();
        let factor = (-event.delta_y() as f32 * if event.delta_mode() == 0 { 0.0015 } else { 0.04 }).exp();
        self.touch(|view| view.camera = view.camera.zoomed(factor));
    }

    fn key(self, event: &ev::KeyboardEvent) {
        const TURN: f32 = 0.12;
        let turn = |yaw: f32, pitch: f32| {
            self.touch(|view| {
                let limit = std::f32::consts::FRAC_PI_2;
                view.camera.yaw += yaw;
                view.camera.pitch = (view.camera.pitch + pitch).clamp(-limit, limit);
            });
        };
        match event.key().as_str() {
            "ArrowLeft" => turn(-TURN, 0.0),
            "ArrowRight" => turn(TURN, 0.0),
            "ArrowUp" => turn(0.0, -TURN),
            "ArrowDown" => turn(0.0, TURN),
            "+" | "=" => self.touch(|view| view.camera = view.camera.zoomed(1.15)),
            "-" => self.touch(|view| view.camera = view.camera.zoomed(0.87)),
            "0" => self.home(),
            "n" | "N" => self.walk(1),
            "p" | "P" => self.walk(-1),
            "Escape" => {
                self.pinned.set(false);
                self.point_at(None);
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn walk(self, step: isize) {
        let count = self.view.with_value(|view| view.points.len());
        let next = walk(count, self.page.focus.get_untracked(), step, |index| self.shown(index));
        self.pinned.set(next.is_some());
        self.point_at(next);
    }

    fn shown(self, index: usize) -> bool {
        let class = self
            .page
            .state
            .with_untracked(|state| state.run.as_ref().and_then(|run| run.labels.get(index).copied()))
            .unwrap_or_default();
        self.page.classes.with_untracked(|classes| classes.get(usize::from(class)).copied().unwrap_or(true))
    }

    fn under(self, place: (f32, f32)) -> Option<usize> {
        self.view.with_value(|view| {
            let canvas = view.canvas.as_ref()?;
            let size = (canvas.client_width() as f32, canvas.client_height() as f32);
            pick(&view.points, &view.seen(), size, place, 12.0, |index| self.shown(index))
        })
    }
}

impl View {
    /// A circle is always seen from the front.
    fn seen(&self) -> Camera {
        if self.projection == Projection::Circle { Camera::front(self.camera.zoom) } else { self.camera }
    }
}

fn at(event: &PointerEvent) -> (f32, f32) {
    (event.offset_x() as f32, event.offset_y() as f32)
}

/// Tells the worker how to draw, if that has changed.
fn tell(page: Page, view: &mut View, (width, height): (u32, u32)) {
    let Camera { yaw, pitch, zoom } = view.seen();
    let mut classes = page.classes.get_untracked();
    // Pointing at a class in the legend shows it alone.
    if let Some(bright) = page.bright.get_untracked() {
        classes.iter_mut().enumerate().for_each(|(class, shown)| *shown &= class == bright);
    }
    let command = Command::Camera {
        yaw,
        pitch,
        zoom,
        width,
        height,
        dark: page.dark.get_untracked(),
        classes,
        focus: page.focus.get_untracked(),
    };
    if view.told.as_ref() != Some(&command) {
        page.send(&command);
        view.told = Some(command);
    }
}

/// Draws on the page's own canvas; `true` while points still glide.
fn draw(page: Page, view: &mut View, canvas: &HtmlCanvasElement, (width, height): (u32, u32), ratio: f64, time: f64) -> bool {
    if view.context.is_none() {
        return false;
    }
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let dark = page.dark.get_untracked();
    if !view.dots.as_ref().is_some_and(|dots| dots.fits(dark)) {
        view.dots = Dots::new(dark);
    }
    let share = ((time - view.since) / GLIDE).clamp(0.0, 1.0) as f32;
    let gliding = share < 1.0 && !view.still && view.former.len() == view.points.len() && !view.points.is_empty();
    let eased = share * share * (3.0 - 2.0 * share);
    let glided: Vec<[f32; 3]>;
    let points = if gliding {
        glided = view.former.iter().zip(&view.points).map(|(&from, &to)| between(from, to, eased)).collect();
        &glided
    } else {
        &view.points
    };
    let (Some(context), Some(dots)) = (&view.context, &view.dots) else { return false };
    page.state.with_untracked(|state| {
        let focus = page.focus.get_untracked();
        let pick = state.pick.as_ref().filter(|pick| Some(pick.index) == focus);
        let neighbours: Vec<usize> =
            pick.map(|pick| pick.neighbours.iter().take(6).map(|neighbour| neighbour.0).collect()).unwrap_or_default();
        let scene = Scene {
            points,
            labels: state.run.as_ref().map_or(&[], |run| run.labels.as_slice()),
            projection: view.projection,
            camera: view.seen(),
            dark,
            classes: &page.classes.get_untracked(),
            bright: page.bright.get_untracked(),
            focus,
            neighbours: &neighbours,
            width: f64::from(width),
            height: f64::from(height),
            ratio,
        };
        paint(context, dots, &scene);
    });
    gliding
}
