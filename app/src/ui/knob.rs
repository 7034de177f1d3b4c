//! How is any knob drawn from its card, with its help, its reset and its mistake?

use super::icons::Icon;
use crate::model::knobs::{NOTCHES, notch, span, text, value};
use crate::page::Page;
use crate::wire::browser;
use augsphere_spec::{Card, Knob, KnobKind, Knobs, Value};
use leptos::prelude::*;

/// Whether a knob has a meaning now: one called `Width (custom)` only while a choice beside it says `custom`.
pub fn applies(card: &Card, knobs: &Knobs, knob: &Knob) -> bool {
    let Some((_, condition)) = knob.title.strip_suffix(')').and_then(|title| title.rsplit_once('(')) else { return true };
    let mut choices = card
        .knobs
        .iter()
        .filter(|other| matches!(&other.kind, KnobKind::Choice { options } if options.iter().any(|option| option == condition)));
    choices.next().is_none_or(|choice| knobs.text(&choice.name) == condition)
}

/// A knob at a dotted path of the draft.
#[component]
pub fn KnobControl(
    /// Its card.
    knob: Knob,
    /// Where it is in the experiment.
    path: String,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let id = format!("knob-{}", path.replace('.', "-"));
    let here = StoredValue::new(path);
    let stored = StoredValue::new(knob.clone());
    let current = Memo::new(move |_| here.with_value(|path| page.draft.with(|draft| draft.get(path))));
    // What stands in the field: the value, that under the thumb of the slider, or what was typed and cannot be.
    let shown = move || {
        let typed = here.with_value(|path| {
            page.fields.with(|fields| fields.slid(path).map(text).or_else(|| fields.slip(path).map(|slip| slip.text.clone())))
        });
        typed.unwrap_or_else(|| current.get().as_ref().map(text).unwrap_or_default())
    };
    // What the chosen cards suggest, which need not be the knob's own default.
    let usual = Memo::new(move |_| {
        let suited = here.with_value(|path| page.defaults.with(|defaults| defaults.get(path)));
        suited.unwrap_or_else(|| stored.with_value(|knob| knob.default.clone()))
    });
    let edited = Memo::new(move |_| current.get().is_some_and(|value| value != usual.get()));
    let mistake = Memo::new(move |_| here.with_value(|path| page.mistake(path)));
    let turn = move |value: Value| here.with_value(|path| page.turn(path, value));
    let live = Memo::new(move |_| {
        page.under_way()
            && here.with_value(|path| page.catalogue.with(|catalogue| page.draft.with(|draft| catalogue.changeable(draft, path))))
    });
    let refusals = Refusals { page, path: here };
    let helping = RwSignal::new(false);
    let help_id = format!("{id}-help");
    let back = move || text(&usual.get());
    let control = control(&knob, &id, current, refusals, turn);
    let value_box = matches!(knob.kind, KnobKind::Float { .. } | KnobKind::Int { .. }).then(|| {
        view! {
            <input
                class="value" id=id.clone() type="text" inputmode="decimal" autocomplete="off" spellcheck="false"
                aria-describedby=help_id.clone()
                aria-invalid=move || mistake.get().is_some().to_string()
                prop:value=shown
                on:change=move |event| {
                    here.with_value(|path| page.type_text(path, event_target_value(&event)));
                    // The same value written differently does not change it.
                    browser::write(&event, &untrack(shown));
                }
            />
        }
    });
    let label_for = id.clone();
    let title = knob.title.clone();
    view! {
        <div class="knob" class:edited=edited class:wrong=move || mistake.get().is_some()>
            <div class="knob-head">
                <label for=label_for>{title.clone()}</label>
                <button
                    type="button" class="hint" aria-label=format!("What is {title}?") title=knob.help.clone()
                    aria-expanded=move || helping.get().to_string() on:click=move |_| helping.update(|open| *open = !*open)
                >"?"</button>
                <Show when=move || live.get()>
                    <span class="live" title="Can be turned during training">"live"</span>
                </Show>
                <Show when=move || edited.get()>
                    <button
                        type="button" class="undo" aria-label=move || format!("Back to {}", back()) title=move || format!("Back to {}", back())
                        on:click=move |_| turn(usual.get_untracked())
                    >{Icon::Undo.view()}</button>
                </Show>
                {value_box}
            </div>
            {control}
            <p class="help" id=help_id class:quiet=move || !helping.get()>{knob.help.clone()}</p>
            <Show when=move || mistake.get().is_some()>
                <p class="mistake" role="alert">{move || mistake.get()}</p>
            </Show>
        </div>
    }
}

/// Which options of a knob cannot be taken beside what is chosen elsewhere, and why.
#[derive(Clone, Copy)]
struct Refusals {
    page: Page,
    path: StoredValue<String>,
}

impl Refusals {
    fn why(self, option: &str) -> Option<String> {
        let value = Value::Text(option.to_owned());
        let Self { page, path } = self;
        path.with_value(|path| page.catalogue.with(|catalogue| page.draft.with(|draft| catalogue.conflict(draft, path, &value))))
    }
}

fn control(
    knob: &Knob,
    id: &str,
    current: Memo<Option<Value>>,
    refusals: Refusals,
    turn: impl Fn(Value) + Copy + Send + Sync + 'static,
) -> AnyView {
    let id = id.to_owned();
    match &knob.kind {
        KnobKind::Bool => {
            let on = move || current.get().and_then(|value| value.as_bool()).unwrap_or_default();
            view! { <input id=id class="switch" type="checkbox" role="switch" prop:checked=on on:change=move |event| turn(Value::Bool(event_target_checked(&event))) /> }
                .into_any()
        }
        KnobKind::Choice { options } => choice(id, options, current, refusals, turn),
        KnobKind::Text => {
            let shown = move || current.get().as_ref().map(text).unwrap_or_default();
            view! { <input id=id class="words" type="text" prop:value=shown on:change=move |event| turn(Value::Text(event_target_value(&event))) /> }
                .into_any()
        }
        KnobKind::Float { .. } | KnobKind::Int { .. } => match span(knob) {
            None => ().into_any(),
            Some(_) => slider(knob, current, refusals),
        },
    }
}

fn slider(knob: &Knob, current: Memo<Option<Value>>, Refusals { page, path }: Refusals) -> AnyView {
    let stored = StoredValue::new(knob.clone());
    let under_thumb = Memo::new(move |_| {
        path.with_value(|path| page.fields.with(|fields| fields.slid(path).cloned())).or_else(|| current.get())
    });
    let position = move || {
        let value = under_thumb.get().and_then(|value| value.as_float()).unwrap_or_default();
        stored.with_value(|knob| notch(knob, value))
    };
    let slide = move |event: leptos::ev::Event| {
        if let Ok(position) = event_target_value(&event).parse::<f64>() {
            path.with_value(|path| page.slide(path, stored.with_value(|knob| value(knob, position))));
        }
    };
    // A drag is one change, when it ends; so are the keys that turn it, when they pause.
    let keyed = RwSignal::new(false);
    let let_go = move |_| {
        if !keyed.get_untracked() {
            page.release();
        }
    };
    let spoken = move || under_thumb.get().as_ref().map(text).unwrap_or_default();
    view! {
        <input
            type="range" min="0" max=NOTCHES.to_string() step="1" aria-label=knob.title.clone() aria-valuetext=spoken
            style:--part=move || format!("{:.1}%", position() / NOTCHES * 100.0)
            prop:value=move || position().to_string() on:input=slide on:change=let_go
            on:keydown=move |_| keyed.set(true) on:pointerdown=move |_| keyed.set(false) on:blur=move |_| page.release()
        />
    }
    .into_any()
}

fn choice(
    id: String,
    options: &[String],
    current: Memo<Option<Value>>,
    refusals: Refusals,
    turn: impl Fn(Value) + Copy + Send + Sync + 'static,
) -> AnyView {
    let chosen = move || current.get().and_then(|value| value.as_text().map(str::to_owned)).unwrap_or_default();
    let names = StoredValue::new(options.to_vec());
    let options = options
        .iter()
        .map(|option| {
            let (name, own, asked) = (option.clone(), option.clone(), option.clone());
            let refused = move || refusals.why(&asked).is_some();
            view! { <option value=option.clone() prop:selected=move || chosen() == own prop:disabled=refused>{name}</option> }
        })
        .collect_view();
    let refused = move || {
        let refused =
            names.with_value(|names| names.iter().filter_map(|name| Some((name.clone(), refusals.why(name)?))).collect());
        let refused: Vec<(String, String)> = refused;
        let item = |(name, why)| view! { <li><strong>{name}</strong>" "{why}"."</li> };
        (!refused.is_empty()).then(|| view! { <ul class="refused">{refused.into_iter().map(item).collect_view()}</ul> })
    };
    let take = move |event: leptos::ev::Event| {
        turn(Value::Text(event_target_value(&event)));
        // What cannot be taken is not shown as if it were.
        browser::choose(&event, &untrack(chosen));
    };
    view! { <select id=id on:change=take>{options}</select> {refused} }.into_any()
}
