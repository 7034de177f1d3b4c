//! Which images are looked at, with how many views, and how far is the answer?

use super::Scope;
use super::markup::{class_css, slide};
use crate::model::DistanceMsg;
use crate::ui::icons::Icon;
use leptos::prelude::*;

/// How many views can be asked for.
const VIEWS: [usize; 9] = [2, 4, 8, 12, 16, 24, 32, 48, 64];
/// Classes at once.
const CLASSES: usize = 5;

/// Classes, number of images and views, another draw, and where the answer stands.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let asked = Memo::new(move |_| page.classes_asked());
    let chip = move |(class, name): (usize, String)| {
        let on = move || asked.with(|asked| asked.contains(&class));
        let full = move || !on() && asked.with(|asked| asked.len() >= CLASSES);
        let toggle = move |_| {
            let mut classes = asked.get_untracked();
            match classes.iter().position(|&known| known == class) {
                Some(at) if classes.len() > 1 => {
                    classes.remove(at);
                }
                Some(_) => {}
                None => classes.push(class),
            }
            classes.sort_unstable();
            page.set_distances(DistanceMsg::Classes(classes));
        };
        view! {
            <button
                type="button" class="class" aria-pressed=move || on().to_string() prop:disabled=full
                style:--class-colour=move || class_css(class, page.dark.get()) on:click=toggle
            ><i aria-hidden="true"></i>{name}</button>
        }
    };
    let chips = move || scope.names.get().into_iter().enumerate().map(chip).collect_view();
    let per_class = Memo::new(move |_| page.distances.with(|distances| distances.controls.per_class));
    let views = Memo::new(move |_| page.distances.with(|distances| distances.controls.views));
    let images = Signal::derive(move || per_class.get() as f64);
    let notch = Signal::derive(move || VIEWS.iter().position(|&asked| asked >= views.get()).unwrap_or(0) as f64);
    let set_per_class = |page: crate::page::Page, value: f64| {
        page.set_distances(DistanceMsg::PerClass(value as usize));
    };
    let set_views = |page: crate::page::Page, value: f64| {
        page.set_distances(DistanceMsg::Views(VIEWS[(value as usize).min(VIEWS.len() - 1)]))
    };
    view! {
        <div class="distances-controls">
            <div class="legend" role="group" aria-label="Classes that are compared, up to five" data-testid="distances-classes">{chips}</div>
            {slide("distances-images", "Images of each class", "How many training images of each class are compared.", (2.0, 24.0, 1.0), images,
                Signal::derive(move || per_class.get().to_string()), set_per_class)}
            {slide("distances-views", "Views of each image", "How many views are drawn of each image, the image itself included.", (0.0, VIEWS.len() as f64 - 1.0, 1.0), notch,
                Signal::derive(move || views.get().to_string()), set_views)}
            <button type="button" class="small" on:click=move |_| page.set_distances(DistanceMsg::Redraw)>{Icon::Dice.view()}"Another draw"</button>
            {status(scope)}
        </div>
    }
    .into_any()
}

/// How far the answer is.
fn status(scope: Scope) -> AnyView {
    let page = scope.page;
    let waiting = Memo::new(move |_| page.distances.with(|distances| distances.waiting));
    let text = move || match (scope.answer.get(), waiting.get()) {
        (None, true) => "Computing\u{2026}".to_owned(),
        (None, false) => "Waiting for the images\u{2026}".to_owned(),
        (Some(answer), waiting) => {
            let told = &answer.data;
            let facts = format!("{} images, {} views of each, {:.2} s", answer.count(), told.views, told.seconds);
            match (told.complete, waiting) {
                (true, true) => format!("{facts} \u{2013} computing anew\u{2026}"),
                (true, false) => facts,
                (false, _) => format!("Rough: {facts} \u{2013} more views on the way\u{2026}"),
            }
        }
    };
    view! { <p class="distances-state" class:busy=move || waiting.get() role="status" data-testid="distances-state">{text}</p> }
        .into_any()
}
