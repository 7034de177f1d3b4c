//! The bar that moves the run: play, pause, step, reset; how far it is, its one number, and on what it runs.

use super::icons::Icon;
use crate::model::Model;
use crate::model::names::name;
use crate::page::Page;
use crate::text;
use augsphere_spec::{DeviceChoice, Phase, Value};
use leptos::prelude::*;

/// What moves the run and says where it stands; its first line stays in sight on a phone.
#[component]
pub fn RunBar() -> impl IntoView {
    view! {
        <section class="run-bar" aria-label="Run">
            <Toolbar />
            <Status />
        </section>
    }
}

/// The four buttons, the count of steps and the one number.
#[component]
fn Toolbar() -> impl IntoView {
    let page = expect_context::<Page>();
    let phase = Memo::new(move |_| page.state.with(|state| state.phase));
    let steps = Memo::new(move |_| page.state.with(|state| state.step()));
    let last = Memo::new(move |_| {
        page.state.with(|state| {
            state
                .run
                .as_ref()
                .and_then(|run| run.experiment.get("train.steps"))
                .or_else(|| page.draft.with(|draft| draft.get("train.steps")))
                .and_then(|value: Value| value.as_int())
        })
    });
    let going = move || page.play_requested.get() || phase.get() == Some(Phase::Running);
    let finished = move || phase.get() == Some(Phase::Finished);
    let done = move || last.get().map_or(0.0, |last| 100.0 * steps.get() as f64 / (last.max(1) as f64));
    let pace = Memo::new(move |_| {
        page.state.with(|state| {
            let run = state.run.as_ref().filter(|run| run.step > 0)?;
            Some(format!("{:.0} images/s \u{b7} {:.0} s", run.images_per_second, run.seconds))
        })
    });
    // `aria-disabled` rather than `disabled`: a button that a person has just pressed keeps the keyboard's focus.
    let unless = |off: bool| off.to_string();
    view! {
        <div class="toolbar">
            <div class="transport" role="group" aria-label="Play, pause, step, reset">
                <button type="button" class="play" data-testid="play" title="Play (Space)" aria-disabled=move || unless(going() || finished())
                    on:click=move |_| if !going() { page.play() }>{Icon::Play.view()}<span>"Play"</span></button>
                <button type="button" data-testid="pause" title="Pause (Space)" aria-disabled=move || unless(!going())
                    on:click=move |_| page.pause()>{Icon::Pause.view()}<span>"Pause"</span></button>
                <button type="button" data-testid="step" title="One step (full stop key)" aria-disabled=move || unless(finished())
                    on:click=move |_| if !finished() { page.step() }>{Icon::Step.view()}<span>"Step"</span></button>
                <button type="button" data-testid="reset" title="Back to step 0 (R)" on:click=move |_| page.reset()>{Icon::Reset.view()}<span>"Reset"</span></button>
            </div>
            <div class="count">
                <span class="count-line"><span class="unit">"Step"</span><strong data-testid="steps">{move || steps.get().to_string()}</strong>
                <span class="unit">{move || last.get().map(|last| format!("of {last}"))}</span></span>
                <span class="pace">{pace}</span>
                <div class="progress" role="progressbar" aria-label="Steps done" aria-valuemin="0" aria-valuemax="100" aria-valuenow=move || format!("{:.0}", done())>
                <div style:width=move || format!("{:.2}%", done())></div>
            </div>
            </div>
            <Headline />
        </div>
    }
}

/// The number that says most: how often the nearest neighbours name the right class, with the untrained encoder's beside it and the step at
/// which it was taken.
#[component]
fn Headline() -> impl IntoView {
    let page = expect_context::<Page>();
    let measured = Memo::new(move |_| page.state.with(|state| state.measured("knn_accuracy")));
    let untrained =
        Memo::new(move |_| page.state.with(|state| state.run.as_ref().and_then(|run| run.history.untrained("knn_accuracy"))));
    let trained = Memo::new(move |_| page.state.with(|state| state.run.as_ref().is_some_and(|run| run.encoder.is_some())));
    let beginning = move || if trained.get() { "at the beginning" } else { "untrained" };
    let share = |value: Option<f32>| value.map_or_else(|| "\u{2013} %".to_owned(), |value| text::number(value, true));
    view! {
        <p class="headline">
            <strong data-testid="headline">{move || share(measured.get().map(|(_, value)| value))}</strong>
            <span class="what">"of validation images named right by their neighbours"</span>
            <span class="beside">
                <span data-testid="headline-untrained">{move || format!("{} {}", beginning(), share(untrained.get()))}</span>
                <span class="when" data-testid="headline-step">
                    {move || measured.get().map(|(step, _)| format!(" \u{b7} at step {step}"))}
                </span>
            </span>
        </p>
    }
}

/// Where things stand, and the device, with a choice.
#[component]
fn Status() -> impl IntoView {
    let page = expect_context::<Page>();
    let situation = Memo::new(move |_| page.model.with(Model::situation));
    let busy = Memo::new(move |_| {
        page.state.with(|state| {
            state.progress.is_some()
                || state.preparing.is_some()
                || state.phase.is_none()
                || matches!(state.phase, Some(Phase::Preparing | Phase::Running))
        })
    });
    let device = Memo::new(move |_| page.state.with(|state| state.device.clone()));
    let choose = move |event| page.choose_device(text::read_device(&event_target_value(&event)));
    let option = move |choice: DeviceChoice, name: &'static str| {
        view! { <option value=text::device(choice) prop:selected=move || page.device.get() == choice>{name}</option> }
    };
    let preparing = Memo::new(move |_| page.state.with(|state| state.preparing.is_some()));
    let former = Memo::new(move |_| {
        page.model
            .with(|model| {
                model.can_undo().then(|| model.state.returnable().map(|run| (run.origin, run.experiment.clone(), run.step)))
            })
            .flatten()
    });
    let undo_words = move || {
        former.with(|former| {
            former
                .as_ref()
                .map(|(origin, experiment, step)| format!("Undo: back to {}, step {step}", name(experiment, *origin).text))
        })
    };
    let insecure = Memo::new(move |_| page.model.with(Model::insecure_note));
    view! {
        <div class="status">
            <span class="phase" class:busy=busy>{situation}</span>
            <Show when=move || preparing.get()>
                <button type="button" class="small" data-testid="cancel" on:click=move |_| page.cancel()>"Cancel"</button>
            </Show>
            <Show when=move || former.with(Option::is_some)>
                <button type="button" class="small" data-testid="undo" title=undo_words aria-label=undo_words on:click=move |_| page.undo()>
                    {Icon::Undo.view()}"Undo"
                </button>
            </Show>
            <span class="device">
                <label for="device-choice">"Device"</label>
                <select id="device-choice" on:change=choose>
                    {option(DeviceChoice::Auto, "Automatic")}
                    {option(DeviceChoice::Gpu, "GPU")}
                    {option(DeviceChoice::Cpu, "CPU")}
                </select>
                <strong data-testid="device">{move || device.get().map_or_else(|| "looking\u{2026}".to_owned(), |device| device.name)}</strong>
                <a class="bench-link" href="#bench" target="_blank" rel="noopener" data-testid="bench-link">"Measure it"</a>
            </span>
            {move || device.get().map(|device| {
                let (sentence, details) = text::reason(&device.reason);
                if details.is_empty() {
                    view! { <p class="reason">{sentence}</p> }.into_any()
                } else {
                    view! { <details class="reason"><summary>{sentence}" Details"</summary>{details}</details> }.into_any()
                }
            })}
            {move || insecure.get().map(|note| view! { <p class="reason" data-testid="insecure">{note}</p> })}
            <p class="unseen" aria-live="polite">{situation}</p>
        </div>
    }
}
