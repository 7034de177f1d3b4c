//! Many negatives: the contrastive loss minus the logarithm of their number, and what that tends to.

use super::axes::{Axes, Axis, SMALL};
use super::panels::{INSET, beside};
use super::runs::{Labels, number, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::Knob;

/// The contrastive loss over the number of negatives.
pub struct Limit;

/// What is drawn: everything in nats.
struct Found {
    /// The loss minus `log M` over `M`, those that are numbers, `M` above 0.
    curve: Vec<(f64, f64)>,
    /// What it tends to.
    limit: Option<f64>,
    /// The same where views coincide and embeddings are spread evenly, and there the loss with one negative.
    optimum: [Option<f64>; 2],
}

impl Found {
    fn of(inputs: &Inputs<'_>) -> Option<Self> {
        let (x, y) = inputs.series("curve")?;
        let points = x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y)));
        let curve: Vec<(f64, f64)> = points.filter(|(x, y)| *x > 0.0 && x.is_finite() && y.is_finite()).collect();
        let finite = |name: &str| inputs.number(name).filter(|value| value.is_finite());
        (!curve.is_empty()).then(|| Self {
            curve,
            limit: finite("limit"),
            optimum: [finite("optimum_limit"), finite("optimum_single")],
        })
    }

    /// The loss with one negative.
    fn single(&self) -> Option<(f64, f64)> {
        self.curve.first().copied().filter(|point| point.0 == 1.0)
    }

    /// How far the curve begins from its limit.
    fn gap(&self) -> Option<f64> {
        let (first, limit) = (self.curve.first()?, self.limit?);
        Some((first.1 - limit).abs() * first.0.sqrt()).filter(|gap| *gap > 0.0)
    }

    /// The guides around the limit: where the curve would be if its distance fell like `M^(-1/2)`, above and below.
    fn guides(&self) -> Vec<[(f64, f64); 3]> {
        let (Some(gap), Some(limit), Some(last)) = (self.gap(), self.limit, self.curve.last()) else { return Vec::new() };
        let first = self.curve[0].0;
        let at = |part: u32| {
            let m = first * (last.0 / first).powf(f64::from(part) / 60.0);
            let off = gap / m.sqrt();
            [(m, limit + off), (m, limit), (m, limit - off)]
        };
        (0..=60).map(at).collect()
    }

    fn axes(&self, scene: &Scene) -> Axes {
        let [first, last] = [self.curve.first(), self.curve.last()].map(|point| point.map_or(1.0, |point| point.0));
        // Of the lower guide as much as shows what it is.
        let below = self.limit.zip(self.gap()).map(|(limit, gap)| limit - 0.3 * gap);
        let all = self.curve.iter().map(|point| point.1).chain(self.limit).chain(self.optimum.into_iter().flatten()).chain(below);
        let title = if scene.width >= 420.0 { "contrastive loss minus log M, nats" } else { "loss \u{2212} log M" };
        let x = if scene.width >= 420.0 { "negatives M" } else { "M" };
        let area = [INSET, 0.0, scene.width - INSET, scene.height];
        Axes::inside(area, Axis::log(x, (0.8 * first, 1.25 * last)), Axis::around(title, all))
    }
}

impl Plot for Limit {
    fn name(&self) -> &'static str {
        "limit"
    }

    fn title(&self) -> &'static str {
        "Many negatives"
    }

    fn sentence(&self) -> &'static str {
        "The contrastive loss of the present embeddings with ever more negatives: less log M it comes down to a limit that is least if views \
         coincide and images are spread evenly."
    }

    fn source(&self) -> &'static str {
        "Wang, Isola, 2020, arXiv 2005.10242, theorems 1 and 2"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::float("temperature", "Temperature", 0.5, 0.01, 10.0, "The loss's temperature, whatever the run trains with.")
                .logarithmic(),
            Knob::int("images", "Images", 256, 2, 2000, "Validation images, two views each; the time grows with the square."),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(found) = Found::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let axes = found.axes(&scene);
        let [left, upper, right, lower] = axes.edges;
        let guides: Vec<[(f64, f64); 3]> = found.guides().iter().map(|three| three.map(|(x, y)| axes.at(x, y))).collect();
        let held = |(x, y): (f64, f64)| (x, y.clamp(upper, lower));
        let outline = guides.iter().map(|three| held(three[0])).chain(guides.iter().rev().map(|three| held(three[2])));
        scene.area(outline.collect(), Ink::Muted, 0.07);
        axes.draw(&mut scene);
        for side in [0, 2] {
            let shown = guides.iter().map(|three| three[side]).filter(|at| (upper..=lower).contains(&at.1));
            scene.line(shown.collect(), Stroke::new(Ink::Muted, 1.0).dashed());
        }
        let mut labels = Labels::new([left + 2.0, upper, right - 2.0, lower - 2.0]);
        levels(&mut scene, &axes, &found, &mut labels);
        let placed = axes.curve(found.curve.iter().copied());
        scene.line(placed.clone(), Stroke::new(Ink::Accent, 2.4));
        for at in &placed {
            scene.disc(*at, if size.0 < 420.0 { 2.2 } else { 3.2 }, Ink::Accent, 1.0);
            labels.avoid(*at, 4.0);
        }
        for pair in placed.windows(2) {
            let between = |part: u32| {
                let share = f64::from(part) / 12.0;
                (pair[0].0 + share * (pair[1].0 - pair[0].0), pair[0].1 + share * (pair[1].1 - pair[0].1))
            };
            (1..12).for_each(|part| labels.avoid(between(part), 2.0));
        }
        let best = found.optimum[1].filter(|_| found.single().is_some()).map(|best| axes.at(1.0, best));
        if let Some(at) = best {
            scene.ring(at, 4.5, Stroke::new(Ink::Second, 1.6));
            labels.avoid(at, 5.0);
        }
        if let Some((m, loss)) = found.single() {
            let at = axes.at(m, loss);
            scene.ring(at, 7.0, Stroke::new(Ink::Ink, 1.8));
            labels.avoid(at, 7.0);
            let text = if size.0 < 420.0 { "M = 1".into() } else { format!("one negative {}", number(loss, false)) };
            beside(&mut scene, &mut labels, &text, at, Ink::Ink, true);
        }
        let single = found.single().map_or(f64::NAN, |(m, loss)| axes.at(m, loss).1);
        if let Some(at) = best.filter(|at| size.0 >= 420.0 && (at.1 - single).abs() > 16.0) {
            beside(&mut scene, &mut labels, "best", at, Ink::Second, false);
        }
        if let Some(three) = guides.get(guides.len() / 2) {
            beside(&mut scene, &mut labels, "1/\u{221a}M", (three[0].0, three[0].1.clamp(upper, lower)), Ink::Muted, false);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(found) = Found::of(inputs) else { return inputs.why_empty() };
        let said = |value: f64| number(value, false);
        let (first, last) = (found.curve[0], found.curve[found.curve.len() - 1]);
        let images = inputs.number("images").map_or(String::new(), |images| format!(" of {images} images"));
        let limit = found.limit.map_or(String::new(), |limit| format!(", and tends to {}", said(limit)));
        let optimum = found.optimum[0]
            .map_or(String::new(), |best| format!(" Embeddings that are aligned and uniform would bring it to {}.", said(best)));
        format!(
            "At temperature {} the loss{images} minus log M is {} with {} negative{}, {} with {}{limit}.{optimum}",
            inputs.knobs.float("temperature"),
            said(first.1),
            first.0,
            if first.0 == 1.0 { "" } else { "s" },
            said(last.1),
            last.0,
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["negatives", "loss_minus_log_m", "limit", "optimum_limit", "optimum_single"]);
        if let Some(found) = Found::of(inputs) {
            let [limit, optimum, single] =
                [found.limit, found.optimum[0], found.optimum[1]].map(|value| value.unwrap_or(f64::NAN));
            found.curve.iter().for_each(|&(m, loss)| table.numbers(&[m, loss, limit, optimum, single]));
        }
        table
    }
}

/// The limit and the optimum, both named below their lines, where the curve does not come: the one at the right, the other at the left.
fn levels(scene: &mut Scene, axes: &Axes, found: &Found, labels: &mut Labels) {
    let [left, upper, right, lower] = axes.edges;
    let wide = scene.width >= 420.0;
    let named = |name: &str, value: f64| if wide { format!("{name} {}", number(value, false)) } else { name.to_owned() };
    let optimum = if wide { "optimum: aligned and uniform" } else { "optimum" };
    for (value, name, ink, end) in [(found.optimum[0], optimum, Ink::Second, false), (found.limit, "limit", Ink::Level, true)] {
        let Some(value) = value else { continue };
        let (_, y) = axes.at(axes.x.span.0, value);
        if !(upper - 0.5..=lower + 0.5).contains(&y) {
            continue;
        }
        scene.line(vec![(left, y), (right, y)], Stroke::new(ink, 1.2).dashed());
        let text = named(name, value);
        let height = if y + 14.0 < lower { y + 8.0 } else { y - 8.0 };
        let (x, anchor, from) = if end {
            (right - 2.0, Anchor::End, right - 2.0 - width(&text, SMALL))
        } else {
            (left + 4.0, Anchor::Start, left + 4.0)
        };
        scene.block([from - 2.0, height - 6.5, width(&text, SMALL) + 4.0, 13.0], Ink::Paper, 0.8);
        scene.words(&text, (x, height), SMALL, ink, anchor);
        (0..=8).for_each(|part| labels.avoid((from + width(&text, SMALL) * f64::from(part) / 8.0, height), 7.0));
    }
}

#[cfg(test)]
mod tests;
