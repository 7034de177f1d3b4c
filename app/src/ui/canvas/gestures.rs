//! Pointer, fingers, wheel and keys on the sphere. One finger and a wheel belong to the page, which scrolls: the sphere takes two fingers, a
//! wheel with Ctrl or ⌘ (which is what pinching a touchpad sends), and a wheel after a click.

use super::{Handle, View};
use crate::draw::picking::{pick, walk};
use leptos::{ev, prelude::*};
use web_sys::{PointerEvent, TouchEvent};

/// How far from a dot a pointer means it, pixels.
const REACH: f32 = 14.0;
/// How far a pointer may move between press and release of a click, pixels.
const CLICK: f32 = 5.0;

/// Where two fingers are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingers {
    /// The middle between them.
    middle: (f32, f32),
    /// How far they are apart.
    spread: f32,
}

impl Handle {
    pub(super) fn press(self, event: &PointerEvent) {
        if !touches(event)
            && let Some(canvas) = self.view.with_value(|view| view.canvas.clone())
        {
            // Refused only for a pointer that is already gone.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        self.view.update_value(|view| {
            view.pointers.insert(event.pointer_id(), at(event));
            view.travelled = 0.0;
        });
    }

    pub(super) fn drag(self, event: &PointerEvent) {
        let now = at(event);
        let before = self.view.with_value(|view| view.pointers.get(&event.pointer_id()).copied());
        let Some(before) = before else {
            if !self.pinned.get_untracked() {
                self.point_at(self.under(now));
            }
            return;
        };
        let (dx, dy) = (now.0 - before.0, now.1 - before.1);
        let moved = |view: &mut View| {
            view.pointers.insert(event.pointer_id(), now);
            view.travelled += dx.hypot(dy);
        };
        if touches(event) {
            // The page scrolls with one finger; two come as touches.
            self.view.update_value(moved);
            return;
        }
        self.touch(|view| {
            moved(view);
            if let Some((width, height)) = view.size() {
                view.camera = view.camera.dragged(dx, dy, width, height);
            }
        });
    }

    /// A press without a drag holds on to a point, or lets go; from then on the wheel zooms, until the pointer leaves.
    pub(super) fn release(self, event: &PointerEvent) {
        let clicked =
            self.view.try_update_value(|view| view.pointers.remove(&event.pointer_id()).is_some() && view.travelled < CLICK);
        if event.type_() == "pointercancel" && touches(event) {
            self.say("Two fingers turn the sphere and zoom");
        }
        if clicked == Some(true) && event.type_() == "pointerup" {
            let found = self.under(at(event));
            self.pinned.set(found.is_some());
            self.point_at(found);
            if !touches(event) && !self.view.with_value(|view| view.armed) {
                self.view.update_value(|view| view.armed = true);
                self.say("The wheel zooms now, until the pointer leaves the sphere");
            }
        }
    }

    pub(super) fn leave(self) {
        self.view.update_value(|view| view.armed = false);
        if !self.pinned.get_untracked() {
            self.point_at(None);
        }
    }

    pub(super) fn point_at(self, index: Option<usize>) {
        if self.page.focus.get_untracked() != index {
            self.page.focus.set(index);
        }
    }

    pub(super) fn wheel(self, event: &ev::WheelEvent) {
        let meant = event.ctrl_key() || event.meta_key() || self.view.with_value(|view| view.armed);
        if !meant {
            self.say("Ctrl or \u{2318} with the wheel zooms, or click the sphere first");
            return;
        }
        event.prevent_default();
        // Pinching a touchpad comes as small steps.
        let step = if event.delta_mode() != 0 {
            0.04
        } else if event.ctrl_key() && event.delta_y().abs() < 20.0 {
            0.01
        } else {
            0.0015
        };
        let factor = (-event.delta_y() as f32 * step).exp();
        self.touch(|view| view.camera = view.camera.zoomed(factor));
    }

    /// Two fingers turn with their middle and zoom with their distance. The page does not scroll meanwhile.
    pub(super) fn fingers(self, event: &TouchEvent) {
        let touches = event.touches();
        let place = |index: u32| touches.get(index).map(|touch| (touch.client_x() as f32, touch.client_y() as f32));
        let now = match (touches.length(), place(0), place(1)) {
            (2, Some(one), Some(two)) => Some(Fingers {
                middle: (0.5 * (one.0 + two.0), 0.5 * (one.1 + two.1)),
                spread: (one.0 - two.0).hypot(one.1 - two.1).max(1.0),
            }),
            _ => None,
        };
        let before = self.view.try_update_value(|view| std::mem::replace(&mut view.fingers, now)).flatten();
        let Some(now) = now else { return };
        if event.cancelable() {
            event.prevent_default();
        }
        let Some(before) = before else { return };
        self.touch(|view| {
            view.travelled = f32::INFINITY;
            let (dx, dy) = (now.middle.0 - before.middle.0, now.middle.1 - before.middle.1);
            if let Some((width, height)) = view.size() {
                view.camera = view.camera.dragged(dx, dy, width, height).zoomed(now.spread / before.spread);
            }
        });
    }

    pub(super) fn key(self, event: &ev::KeyboardEvent) {
        const TURN: f32 = 0.12;
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
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
                self.view.update_value(|view| view.armed = false);
                self.pinned.set(false);
                self.point_at(None);
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    pub(super) fn walk(self, step: isize) {
        let count = self.view.with_value(|view| view.points.len());
        let next = walk(count, self.page.focus.get_untracked(), step, |index| self.shown(index));
        self.pinned.set(next.is_some());
        self.point_at(next);
    }

    pub(super) fn shown(self, index: usize) -> bool {
        let class = self
            .page
            .state
            .with_untracked(|state| state.run.as_ref().and_then(|run| run.labels.get(index).copied()))
            .unwrap_or_default();
        self.page.classes.with_untracked(|classes| classes.get(usize::from(class)).copied().unwrap_or(true))
    }

    pub(super) fn under(self, place: (f32, f32)) -> Option<usize> {
        self.view.with_value(|view| pick(&view.points, &view.seen(), view.size()?, place, REACH, |index| self.shown(index)))
    }
}

impl View {
    /// Width and height of the canvas in CSS pixels.
    fn size(&self) -> Option<(f32, f32)> {
        self.canvas.as_ref().map(|canvas| (canvas.client_width() as f32, canvas.client_height() as f32))
    }
}

fn touches(event: &PointerEvent) -> bool {
    event.pointer_type() == "touch"
}

fn at(event: &PointerEvent) -> (f32, f32) {
    (event.offset_x() as f32, event.offset_y() as f32)
}
