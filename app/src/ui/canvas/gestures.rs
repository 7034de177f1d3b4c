//! How is the sphere turned, zoomed and pointed at, with pointer, fingers and keys?

use super::Handle;
use crate::draw::picking::{pick, walk};
use leptos::{ev, prelude::*};
use web_sys::PointerEvent;

impl Handle {
    pub(super) fn press(self, event: &PointerEvent) {
        if let Some(canvas) = self.view.with_value(|view| view.canvas.clone()) {
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
    pub(super) fn release(self, event: &PointerEvent) {
        let clicked =
            self.view.try_update_value(|view| view.pointers.remove(&event.pointer_id()).is_some() && view.travelled < 5.0);
        if clicked == Some(true) && event.type_() == "pointerup" {
            let found = self.under(at(event));
            self.pinned.set(found.is_some());
            self.point_at(found);
        }
    }

    pub(super) fn leave(self) {
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
        event.prevent_default();
        let factor = (-event.delta_y() as f32 * if event.delta_mode() == 0 { 0.0015 } else { 0.04 }).exp();
        self.touch(|view| view.camera = view.camera.zoomed(factor));
    }

    pub(super) fn key(self, event: &ev::KeyboardEvent) {
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
        self.view.with_value(|view| {
            let canvas = view.canvas.as_ref()?;
            let size = (canvas.client_width() as f32, canvas.client_height() as f32);
            pick(&view.points, &view.seen(), size, place, 12.0, |index| self.shown(index))
        })
    }
}

fn at(event: &PointerEvent) -> (f32, f32) {
    (event.offset_x() as f32, event.offset_y() as f32)
}
