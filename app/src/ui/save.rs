//! What a person can take home: the experiment, the numbers, figures, the weights, a link.

use super::canvas::Pose;
use super::figures::{Format, Subject, save};
use super::icons::Icon;
use crate::model::Model;
use crate::page::Page;
use crate::wire::browser;
use augsphere_spec::Command;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A menu of files and the link.
#[component]
pub fn SaveMenu() -> impl IntoView {
    let (page, pose) = (expect_context::<Page>(), expect_context::<Pose>());
    let copied = Memo::new(move |_| page.model.with(Model::is_copied));
    let began = Memo::new(move |_| page.state.with(|state| state.run.is_some()));
    let experiment = move |_| {
        let lasting = page.lasting();
        let toml = page.catalogue.with_untracked(|catalogue| catalogue.write_toml(&lasting));
        browser::download("experiment.toml", "application/toml", toml.as_bytes());
    };
    let metrics = move |_| {
        page.state.with_untracked(|state| {
            if let Some(run) = &state.run {
                browser::download("metrics.csv", "text/csv", run.history.csv().as_bytes());
            }
        });
    };
    // The menu closes with Escape, and when the focus goes elsewhere.
    let menu = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            // Removing an attribute that is not there does nothing.
            let _ = menu.remove_attribute("open");
        }
    };
    let left = move |event: ev::FocusEvent| {
        let next = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if menu.get_untracked().is_some_and(|menu| !menu.contains(next.as_ref())) {
            close();
        }
    };
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    let figure = move |title: &'static str, file: &'static str, subject: Subject, format: Format| {
        let save = move |_| save(page, pose, subject, format);
        view! { <button type="button" disabled=move || !began.get() on:click=save>{title}<small>{file}</small></button> }
    };
    view! {
        <details class="menu" node_ref=menu on:focusout=left on:keydown=escape>
            <summary>{Icon::Save.view()}"Save"</summary>
            <div class="menu-body">
                <button type="button" on:click=move |_| page.copy_link()>"Link to this experiment"<small>{move || if copied.get() { "copied" } else { "the address restores every knob and every change" }}</small></button>
                <button type="button" on:click=experiment>"Experiment"<small>"experiment.toml, also for the terminal"</small></button>
                <button type="button" disabled=move || !began.get() on:click=metrics>"Numbers"<small>"metrics.csv, one row a step"</small></button>
                {figure("Figure", "figure.png, sphere and charts", Subject::Everything, Format::Png)}
                {figure("Figure to edit", "figure.svg", Subject::Everything, Format::Svg)}
                {figure("Sphere", "sphere.png", Subject::Sphere, Format::Png)}
                {figure("Sphere to edit", "sphere.svg", Subject::Sphere, Format::Svg)}
                <button type="button" disabled=move || !began.get() on:click=move |_| page.ask(Command::Save)>"Weights"<small>"encoder.safetensors, also for PyTorch"</small></button>
            </div>
        </details>
    }
}
