//! The sphere in words and numbers.

use super::told::{Told, numbers};
use super::{centres, chosen, circle, closest, forces, knobs, ring, shading, trails};
use crate::plots::runs::number;
use crate::plots::{Cell, Inputs, Table};
use augsphere_spec::{Payload, Projection};

/// What is to be seen.
pub(super) fn summary(inputs: &Inputs<'_>) -> String {
    let Some(told) = Told::of(inputs) else { return inputs.why_empty() };
    let step = inputs.answer.map_or(0, |answer| answer.step);
    let (count, dimension) = (told.points.len(), told.dimension);
    let share = number(told.explained, true);
    let what = match told.how {
        Projection::Circle => {
            let density = ring::density(inputs, "density").map(|density| format!("; {}", ring::told(&density)));
            format!("on a circle, where their embeddings of 2 dimensions are{}", density.unwrap_or_default())
        }
        Projection::Sphere => "on a sphere, where their embeddings of 3 dimensions are".into(),
        Projection::Principal => format!(
            "in a projection: of {dimension} dimensions the three of the largest variance are seen, which carry {share} of \
             it, and each image is moved out to the sphere"
        ),
        Projection::Axes => format!(
            "in a projection: of {dimension} dimensions three coordinates are seen, which carry {share} of the variance, \
             and each image is moved out to the sphere"
        ),
    };
    let enlarged =
        if told.enlarged() { " All embeddings are nearly on one point: what is seen is how little they differ." } else { "" };
    let images = if count == 1 { "1 image is".into() } else { format!("{count} images are") };
    let layers = [
        classes(inputs),
        shaded(inputs),
        image(inputs, &told),
        closest::said(inputs),
        moved(inputs),
        looked_back(inputs),
        kept(inputs),
    ];
    format!("At step {step}, {images} shown {what}.{enlarged}{}", layers.concat())
}

/// Where single classes are dense on the circle.
fn classes(inputs: &Inputs<'_>) -> String {
    let told =
        |(class, density): &(usize, Vec<(f64, f64)>)| format!(" Of {}, {}.", inputs.class_name(*class), ring::told(density));
    circle::classes(inputs).iter().map(told).collect()
}

fn shaded(inputs: &Inputs<'_>) -> String {
    let Some(density) = shading::Density::of(inputs) else { return String::new() };
    let highest = number(density.highest(), false);
    format!(" Where dots are dense the sphere is shaded: the density is at most {highest} times that of an even spread.")
}

/// The chosen image, its neighbours and its views.
fn image(inputs: &Inputs<'_>, told: &Told) -> String {
    let Some(near) = chosen::near(inputs, told) else { return String::new() };
    let class = inputs.class(near.image);
    let name = |image: usize| format!("{} {image}", inputs.class_name(inputs.class(image)));
    let own = near.neighbours.iter().filter(|(image, _)| inputs.class(*image) == class).count();
    let mut words = match near.neighbours.as_slice() {
        [] => format!(" {} has no neighbour.", name(near.image)),
        [(_, nearest), ..] => format!(
            " {own} of the {} nearest neighbours of {} are of its class, the nearest at a cosine of {}.",
            near.neighbours.len(),
            name(near.image),
            number(*nearest, false)
        ),
    };
    if let Some(image) = knobs::image(inputs.knobs, told.points.len()).filter(|_| inputs.knobs.switch("views")) {
        words += &match (chosen::views(inputs), inputs.number("view_cosine")) {
            _ if !chosen::in_batch(inputs).is_empty() => {
                format!(" The two views of {} are drawn as they are in a batch.", name(image))
            }
            (Some(_), Some(cosine)) => format!(" The two views of {} lie at a cosine of {}.", name(image), number(cosine, false)),
            _ => format!(" The two views of {} are known of the present only.", name(image)),
        };
    }
    words
}

/// What pulls and pushes.
fn moved(inputs: &Inputs<'_>) -> String {
    if !inputs.knobs.switch("forces") {
        return String::new();
    }
    if let Some(Payload::Words(words)) = inputs.part("forces_unknown") {
        return words.iter().map(|why| format!(" {why}")).collect();
    }
    match forces::forces(inputs).len() {
        0 => " Pull and push are known of the present only.".into(),
        count => {
            format!(" On {count} views arrows show how the pull of the positives, the push of the rest and their sum move them.")
        }
    }
}

fn looked_back(inputs: &Inputs<'_>) -> String {
    if !inputs.knobs.switch("trails") {
        return String::new();
    }
    match numbers(inputs, "trail_steps").as_slice() {
        [first, .., last] => format!(" Trails show where the class centres have been from step {first} to {last}."),
        _ => " There are no trails: no earlier moment was kept.".into(),
    }
}

fn kept(inputs: &Inputs<'_>) -> String {
    match centres::prototypes(inputs).len() {
        0 => String::new(),
        1 => " A cross is the prototype of a class.".into(),
        count => format!(" {count} crosses are the prototypes of classes."),
    }
}

/// The places of all that is shown: images first, then what lies over them.
pub(super) fn table(inputs: &Inputs<'_>) -> Table {
    let mut table = Table::new(&["image", "class", "x", "y", "z"]);
    let Some(told) = Told::of(inputs) else { return table };
    let mut row = |what: Cell, class: usize, point: [f32; 3]| {
        let numbers = point.map(|value| Cell::Number(f64::from(value)));
        table.rows.push([what, Cell::Words(inputs.class_name(class))].into_iter().chain(numbers).collect());
    };
    for (image, point) in told.shown(inputs) {
        row(Cell::Number(image as f64), inputs.class(image), point);
    }
    let image = knobs::image(inputs.knobs, told.points.len()).unwrap_or_default();
    let class = inputs.class(image);
    for (place, view) in chosen::views(inputs).into_iter().flatten().enumerate() {
        row(Cell::Words(format!("view {} of {image}", place + 1)), class, view);
    }
    if let Some(closest::Pair { images, views }) = closest::pair(inputs) {
        for ((image, other), view) in [(images[0], images[1]), (images[1], images[0])].into_iter().zip(views) {
            row(Cell::Words(format!("view of {image} closest to {other}")), inputs.class(image), view);
        }
    }
    for (place, force) in forces::forces(inputs).into_iter().enumerate() {
        let name = |what: &str| Cell::Words(format!("{what} view {} of {}", place % 2 + 1, force.image));
        let class = inputs.class(force.image);
        row(name("in the batch"), class, force.at);
        row(name("pull on"), class, force.pull);
        row(name("push on"), class, force.push);
    }
    let steps = numbers(inputs, "trail_steps");
    let mut path = |what: &str, class: usize, path: Vec<[f32; 3]>| {
        for (step, point) in steps.iter().zip(path) {
            row(Cell::Words(format!("{what} at step {step}")), class, point);
        }
    };
    path(&image.to_string(), class, trails::image(inputs));
    trails::centres(inputs).into_iter().for_each(|(class, points)| path("centre", class, points));
    for (class, point) in centres::prototypes(inputs) {
        row(Cell::Words("prototype".into()), class, point);
    }
    table
}
