//! The knobs of a picture.

use crate::model::BoardMsg;
use crate::model::knobs::{NOTCHES, notch, span, text, value};
use crate::page::Page;
use augsphere_spec::{Knob, KnobKind, Value};
use leptos::prelude::*;

/// A knob of the picture of this name.
pub fn control(page: Page, picture: &'static str, knob: Knob) -> AnyView {
    let id = format!("picture-{picture}-{}", knob.name);
    let name = knob.name.clone();
    let current =
        Memo::new(move |_| page.model.with(|model| model.board.knobs(picture).and_then(|knobs| knobs.0.get(&name).cloned())));
    let name = knob.name.clone();
    let turn = move |value: Value| {
        page.board(BoardMsg::Turn { picture: picture.into(), knob: name.clone(), value });
    };
    let shown = move || current.get().as_ref().map(text).unwrap_or_default();
    let inside = match &knob.kind {
        KnobKind::Bool => {
            let on = move || current.get().and_then(|value| value.as_bool()).unwrap_or_default();
            view! { <input id=id.clone() class="switch" type="checkbox" role="switch" prop:checked=on on:change=move |event| turn(Value::Bool(event_target_checked(&event))) /> }
                .into_any()
        }
        KnobKind::Choice { options } => {
            let option = |option: &String| {
                let own = option.clone();
                view! { <option value=option.clone() prop:selected=move || shown() == own>{option.replace(['_', '-'], " ")}</option> }
            };
            let options = options.iter().map(option).collect_view();
            view! { <select id=id.clone() on:change=move |event| turn(Value::Text(event_target_value(&event)))>{options}</select> }.into_any()
        }
        KnobKind::Float { .. } | KnobKind::Int { .. } if span(&knob).is_some() => {
            let (known, turned) = (StoredValue::new(knob.clone()), knob.clone());
            let position = move || {
                let value = current.get().and_then(|value| value.as_float()).unwrap_or_default();
                known.with_value(|knob| notch(knob, value))
            };
            let slide = move |event: leptos::ev::Event| {
                if let Ok(position) = event_target_value(&event).parse::<f64>() {
                    turn(value(&turned, position));
                }
            };
            view! {
                <input
                    id=id.clone() type="range" min="0" max=NOTCHES.to_string() step="1" aria-valuetext=shown
                    style:--part=move || format!("{:.1}%", position() / NOTCHES * 100.0)
                    prop:value=move || position().to_string() on:input=slide
                />
                <output>{shown}</output>
            }
            .into_any()
        }
        _ => ().into_any(),
    };
    view! { <div class="picture-knob" title=knob.help.clone()><label for=id>{knob.title.clone()}</label>{inside}</div> }
        .into_any()
}
