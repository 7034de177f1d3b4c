//! How near do every two images come?

use super::Scope;
use super::markup::{class_css, css, fit};
use crate::draw::heat::{Grid, along, gradient, shade};
use crate::model::DistanceMsg;
use crate::model::distances::Answer;
use crate::text::distances as say;
use crate::wire::browser;
use augsphere_charts::Theme;
use leptos::{ev, html, prelude::*};
use web_sys::HtmlCanvasElement;

/// Room for the names of the classes, pixels.
const MARGIN: f64 = 20.0;

/// What is drawn: which distances, with which marks.
#[derive(Clone, Copy, PartialEq)]
struct Marks {
    plain: bool,
    pair: Option<(usize, usize)>,
    delta: f64,
    dark: bool,
}

/// The heat map, its scale, and what it says.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let canvas = NodeRef::<html::Canvas>::new();
    let plain = RwSignal::new(false);
    let hovered = RwSignal::new(None::<(usize, usize)>);
    let marks =
        Memo::new(move |_| Marks { plain: plain.get(), pair: scope.pair.get(), delta: page.delta(), dark: page.dark.get() });
    let paint = move |canvas: &HtmlCanvasElement| {
        // A canvas is told its last size when it is taken off the page, and then nobody knows what was on it.
        if let (Some(Some(answer)), Some(marks)) = (scope.answer.try_get_untracked(), marks.try_get_untracked()) {
            draw(canvas, &answer, marks, scope);
        }
    };
    Effect::new(move |_| {
        let _ = (scope.answer.get(), marks.get(), scope.names.get());
        if let Some(canvas) = canvas.get() {
            paint(&canvas);
        }
    });
    canvas.on_load(move |canvas| {
        let drawn = canvas.clone();
        browser::on_resize(&canvas, move || paint(&drawn));
    });
    let under = move |event: &ev::PointerEvent| {
        let (answer, canvas) = (scope.answer.get_untracked()?, canvas.get_untracked()?);
        let grid = Grid::new(answer.blocks(), f64::from(canvas.client_width()), MARGIN);
        Some((grid.find(f64::from(event.offset_y()))?, grid.find(f64::from(event.offset_x()))?))
    };
    let choose = move |event: ev::PointerEvent| {
        if let Some((one, other)) = under(&event).filter(|(one, other)| one != other) {
            page.set_distances(DistanceMsg::Pair(one, other));
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        let (Some(answer), Some((one, other))) = (scope.answer.get_untracked(), scope.pair.get_untracked()) else { return };
        let last = answer.count().saturating_sub(1);
        let moved = match event.key().as_str() {
            "ArrowRight" => (one, (other + 1).min(last)),
            "ArrowLeft" => (one, other.saturating_sub(1)),
            "ArrowDown" => ((one + 1).min(last), other),
            "ArrowUp" => (one.saturating_sub(1), other),
            _ => return,
        };
        event.prevent_default();
        page.set_distances(DistanceMsg::Pair(moved.0, moved.1));
    };
    let text = move || {
        let (Some(answer), Some((one, other))) = (scope.answer.get(), hovered.get().or_else(|| scope.pair.get())) else {
            return String::new();
        };
        let (near, before) = (answer.near.at(one, other), answer.plain.at(one, other));
        format!(
            "{} and {}: {} ({} without augmentations)",
            scope.image(&answer, one),
            scope.image(&answer, other),
            say::distance(near),
            say::distance(before)
        )
    };
    let largest = Memo::new(move |_| scope.answer.with(|answer| answer.as_ref().map_or(1.0, |answer| answer.plain.largest())));
    let scale = move || {
        let at = 100.0 * along(page.delta() / largest.get().max(1e-9));
        view! {
            <div class="heat-scale">
                <div style:background=gradient(page.dark.get())><i style:left=format!("{at:.1}%")></i></div>
                <p><span>"0, the same"</span><span>{format!("{} far apart", say::distance(largest.get()))}</span></p>
            </div>
        }
    };
    let means = move || {
        scope.answer.get().map(|answer| {
            let (near, plain) = (answer.means(&answer.near), answer.means(&answer.plain));
            let cell = |value: Option<f64>| value.map_or_else(|| "\u{2013}".to_owned(), say::distance);
            view! {
                <table class="means">
                    <thead><tr><td></td><th scope="col">"without"</th><th scope="col">"with augmentations"</th></tr></thead>
                    <tbody>
                        <tr><th scope="row">"within classes"</th><td data-testid="distances-plain-within">{cell(plain.within)}</td><td data-testid="distances-within">{cell(near.within)}</td></tr>
                        <tr><th scope="row">"between classes"</th><td data-testid="distances-plain-between">{cell(plain.between)}</td><td data-testid="distances-between">{cell(near.between)}</td></tr>
                    </tbody>
                </table>
                <p class="reading">{say::heat(near, plain)}</p>
            }
        })
    };
    view! {
        <section class="distances-part">
            <h3>"How near every two images come"</h3>
            <div class="heat-box">
                <canvas
                    class="heat" data-testid="distances-heat" node_ref=canvas role="img" tabindex="0"
                    aria-label="Distances of every two images, class by class; arrow keys choose a pair"
                    on:pointermove=move |event| hovered.set(under(&event)) on:pointerleave=move |_| hovered.set(None)
                    on:pointerup=choose on:keydown=press
                ></canvas>
                <div class="heat-side">
                    <p class="heat-said" data-testid="distances-cell" aria-live="polite">{text}</p>
                    {scale}
                    <p class="protocol">"The mark on the scale is \u{3b4}; a dot says that two images of a class are within it. Point at a cell to read it, press to choose the pair below."</p>
                    <label class="switch-line">
                        <input class="switch" type="checkbox" role="switch" data-testid="distances-plain" prop:checked=move || plain.get() on:change=move |event| plain.set(event_target_checked(&event)) />
                        "Without augmentations"
                    </label>
                </div>
            </div>
            {means}
        </section>
    }
    .into_any()
}

fn draw(canvas: &HtmlCanvasElement, answer: &Answer, marks: Marks, scope: Scope) {
    let (size, _, ratio) = fit(canvas);
    let Some(context) = browser::context(canvas) else { return };
    // A matrix of finite numbers is always taken.
    let _ = context.scale(ratio, ratio);
    let grid = Grid::new(answer.blocks(), size, MARGIN);
    let table = if marks.plain { &answer.plain } else { &answer.near };
    let (largest, theme) = (answer.plain.largest().max(1e-9), Theme::of(marks.dark));
    let edge = if grid.cell > 8.0 { 1.0 } else { 0.0 };
    for one in 0..answer.count() {
        for other in (0..answer.count()).filter(|&other| other != one) {
            let distance = table.at(one, other);
            let (x, y) = (grid.start(other), grid.start(one));
            context.set_fill_style_str(&css(shade(distance / largest, marks.dark)));
            context.fill_rect(x, y, grid.cell - edge, grid.cell - edge);
            if distance <= marks.delta && answer.data.classes[one] == answer.data.classes[other] && grid.cell > 6.0 {
                let near = distance / largest < 0.55;
                context.set_fill_style_str(if near != marks.dark { "rgb(255 255 255 / 85%)" } else { "rgb(0 0 0 / 75%)" });
                let dot = (grid.cell / 5.0).clamp(2.0, 4.0);
                context.fill_rect(x + (grid.cell - edge - dot) / 2.0, y + (grid.cell - edge - dot) / 2.0, dot, dot);
            }
        }
    }
    if let Some((one, other)) = marks.pair {
        context.set_stroke_style_str(&css(theme.level));
        context.set_line_width(2.5);
        for (x, y) in [(other, one), (one, other)] {
            context.stroke_rect(grid.start(x), grid.start(y), grid.cell - edge, grid.cell - edge);
        }
    }
    context.set_font("600 12px system-ui, sans-serif");
    context.set_text_align("center");
    for (class, from, to) in grid.spans() {
        context.set_fill_style_str(&class_css(class, marks.dark));
        context.fill_rect(from, MARGIN - 4.0, to - from - edge, 2.0);
        context.fill_rect(MARGIN - 4.0, from, 2.0, to - from - edge);
        context.set_fill_style_str(&css(theme.muted));
        let (name, middle) = (scope.name(class), 0.5 * (from + to));
        // Writing fails only for numbers that are not finite.
        let _ = context.fill_text_with_max_width(&name, middle, MARGIN - 8.0, to - from);
        context.save();
        let _ = context.translate(MARGIN - 8.0, middle);
        let _ = context.rotate(-std::f64::consts::FRAC_PI_2);
        let _ = context.fill_text_with_max_width(&name, 0.0, 0.0, to - from);
        context.restore();
    }
}
