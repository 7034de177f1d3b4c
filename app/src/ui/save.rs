//! What can a person take home? The experiment, the numbers, a figure, the weights, a link.

use super::chart_card::put_scaled;
use super::icons::Icon;
use crate::draw::plots;
use crate::model::Model;
use crate::page::Page;
use crate::text::MEASURES;
use crate::wire::browser;
use augsphere_charts::Theme;
use augsphere_spec::Command;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

/// A menu of files and the link.
#[component]
pub fn SaveMenu() -> impl IntoView {
    let page = expect_context::<Page>();
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
    view! {
        <details class="menu" node_ref=menu on:focusout=left on:keydown=escape>
            <summary>{Icon::Save.view()}"Save"</summary>
            <div class="menu-body">
                <button type="button" on:click=move |_| page.copy_link()>"Link to this experiment"<small>{move || if copied.get() { "copied" } else { "the address restores every knob and every change" }}</small></button>
                <button type="button" on:click=experiment>"Experiment"<small>"experiment.toml, also for the terminal"</small></button>
                <button type="button" disabled=move || !began.get() on:click=metrics>"Numbers"<small>"metrics.csv, one row a step"</small></button>
                <button type="button" disabled=move || !began.get() on:click=move |_| figure(page)>"Figure"<small>"figure.png, sphere and charts"</small></button>
                <button type="button" disabled=move || !began.get() on:click=move |_| page.ask(Command::Save)>"Weights"<small>"encoder.safetensors, also for PyTorch"</small></button>
            </div>
        </details>
    }
}

/// Sphere and charts on one picture.
fn figure(page: Page) {
    const SCALE: f64 = 2.0;
    const SPHERE: f64 = 720.0;
    const CHART: (f64, f64) = (440.0, SPHERE / MEASURES.len() as f64);
    let dark = page.dark.get_untracked();
    let theme = Theme::of(dark).opaque();
    let size = ((SPHERE + CHART.0) * SCALE, SPHERE * SCALE);
    let Some(sheet) = browser::canvas(size.0 as u32, size.1 as u32) else { return };
    let Some(context) = browser::context(&sheet) else { return };
    let [red, green, blue] = theme.background.unwrap_or_default();
    context.set_fill_style_str(&format!("rgb({red},{green},{blue})"));
    context.fill_rect(0.0, 0.0, size.0, size.1);
    let sphere = browser::document()
        .query_selector("canvas[data-testid=sphere]")
        .ok()
        .flatten()
        .and_then(|canvas| canvas.dyn_into::<HtmlCanvasElement>().ok());
    if let Some(sphere) = sphere.filter(|sphere| sphere.width() > 0 && sphere.height() > 0) {
        let (width, height) = (f64::from(sphere.width()), f64::from(sphere.height()));
        let fit = (SPHERE * SCALE / width).min(SPHERE * SCALE / height);
        let (x, y) = (0.5 * (SPHERE * SCALE - fit * width), 0.5 * (SPHERE * SCALE - fit * height));
        // A canvas that cannot be copied leaves its place empty.
        let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&sphere, x, y, fit * width, fit * height);
    }
    page.state.with_untracked(|state| {
        let Some(run) = &state.run else { return };
        for (place, measure) in MEASURES.iter().enumerate() {
            let Some(canvas) = browser::canvas((CHART.0 * SCALE) as u32, (CHART.1 * SCALE) as u32) else { continue };
            let mut chart = plots::chart(measure, run, None);
            chart.title = measure.title.to_owned();
            put_scaled(&canvas, &chart, &theme, SCALE);
            let _ = context.draw_image_with_html_canvas_element(&canvas, SPHERE * SCALE, place as f64 * CHART.1 * SCALE);
        }
    });
    browser::download_picture("figure.png", &sheet);
}
