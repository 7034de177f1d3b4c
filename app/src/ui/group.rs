//! A group of buttons that is one stop of the Tab key: arrow keys go from one to the next.

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Whether the button at `index` is the group's stop at first.
pub fn stop(index: usize) -> &'static str {
    if index == 0 { "0" } else { "-1" }
}

/// For `keydown` on the group: arrows, Home and End move the focus among its buttons.
pub fn rove(event: &ev::KeyboardEvent) {
    let Some((buttons, here)) = found(event) else { return };
    let last = buttons.len() - 1;
    let to = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => (here + 1) % buttons.len(),
        "ArrowLeft" | "ArrowUp" => here.checked_sub(1).unwrap_or(last),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    // A button that is gone needs no focus.
    let _ = buttons[to].focus();
    event.prevent_default();
    event.stop_propagation();
}

/// For `focusin` on the group: where the focus is, is its stop.
pub fn settle(event: &ev::FocusEvent) {
    let Some((buttons, here)) = found(event) else { return };
    for (index, button) in buttons.iter().enumerate() {
        button.set_tab_index(if index == here { 0 } else { -1 });
    }
}

/// The buttons of the group that an event has come to, and which of them it came from.
fn found(event: &web_sys::Event) -> Option<(Vec<HtmlElement>, usize)> {
    let group = event.current_target()?.dyn_into::<Element>().ok()?;
    let from = event.target()?.dyn_into::<Element>().ok()?.closest("button").ok()??;
    let list = group.query_selector_all("button").ok()?;
    let buttons: Vec<HtmlElement> = (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect();
    let here = buttons.iter().position(|button| button.is_same_node(Some(&from)))?;
    Some((buttons, here))
}
