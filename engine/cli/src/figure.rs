//! A picture of a run folder as a file, and the list of pictures.

use crate::arguments::FigureArguments;
use crate::engine::{self, Pictured};
use crate::failure::Failure;
use crate::source::Source;
use crate::{kept, output, text};
use augsphere_charts::plots::{self, Inputs, Linked, Plot, RunCurves, Table};
use augsphere_charts::scene::{Anchor, Ink, Scene};
use augsphere_charts::svg;
use augsphere_spec::{Knobs, Record, Thumbnails, Value};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The curves of a run by name.
type Series = BTreeMap<String, Vec<(u64, f32)>>;

/// Draws the picture that is asked for, or lists all.
///
/// # Errors
/// A picture, a knob or a run that there is not; a file that cannot be read or written.
pub fn figure(request: &FigureArguments) -> Result<(), Failure> {
    if request.list {
        return list(request.json);
    }
    let (Some(folder), Some(name)) = (&request.run, &request.picture) else {
        let what =
            "a run folder and a picture are needed: augsphere figure runs/mine spectrum -o spectrum.svg; augsphere figure --list";
        return Err(Failure::Usage(what.into()));
    };
    let plot = plots::plot(name).ok_or_else(|| {
        let names: Vec<&str> = plots::LIST.iter().map(|plot| plot.name()).collect();
        Failure::Usage(format!("there is no picture called {name}; there are {}", names.join(", ")))
    })?;
    if plot.study() {
        let why = "they are run and drawn in the page, and no run folder holds them; make reproduce-augmentations takes those of \
                   augmentations at length.";
        return Err(Failure::Failed(format!("{name} cannot be drawn: {why}")));
    }
    let mut knobs = plots::defaults(plot);
    for setting in &request.settings {
        let known = plot.knobs().into_iter().find(|knob| knob.name == setting.path);
        let known = known.ok_or_else(|| {
            let names: Vec<String> = plot.knobs().into_iter().map(|knob| knob.name).collect();
            let there = if names.is_empty() { "it has none".into() } else { format!("it has {}", names.join(", ")) };
            Failure::Usage(format!("{name} has no knob called {}: {there}", setting.path))
        })?;
        let value = known.fitting(&Value::parse(&setting.value));
        let value = value.ok_or_else(|| Failure::Usage(format!("{} cannot be {}: {}", known.name, setting.value, known.help)))?;
        knobs.0.insert(known.name, value);
    }
    let folders: Vec<&String> = std::iter::once(folder).chain(&request.with).collect();
    let drawn = Drawn { plot, knobs: &knobs, width: f64::from(request.width) };
    let mut pictures = vec![drawn.of(&folders)?];
    for folder in &request.beside {
        pictures.push(drawn.of(&[folder])?);
    }
    let out = text::home(&request.out);
    let bytes = if text::ends_in(&out, &["csv"]) {
        table(&pictures).csv().into_bytes()
    } else {
        let text = svg(&stacked(&pictures), request.dark, &address);
        if text::ends_in(&out, &["svg"]) {
            text.into_bytes()
        } else if text::ends_in(&out, &["png"]) {
            bitmap(&text)?
        } else {
            return Err(Failure::Usage(format!("{} should end in .svg, .png or .csv", out.display())));
        }
    };
    std::fs::write(&out, bytes).map_err(|error| Failure::disk("write", &out, &error))?;
    for picture in &pictures {
        let name = if pictures.len() > 1 { format!("{}: ", picture.name) } else { String::new() };
        output::tell(&format!("{name}{}", picture.summary));
    }
    output::tell(&format!("written: {}", out.display()));
    Ok(())
}

/// How pictures are drawn.
struct Drawn<'a> {
    plot: &'static dyn Plot,
    knobs: &'a Knobs,
    width: f64,
}

/// The picture of a run.
struct OfRun {
    /// The name of its folder.
    name: String,
    scene: Scene,
    table: Table,
    summary: String,
}

impl Drawn<'_> {
    /// The picture of the run in the first of `folders`; of the others the curves.
    fn of(&self, folders: &[&String]) -> Result<OfRun, Failure> {
        let Self { plot, knobs, width } = *self;
        let run = folders.first().map(|folder| pictured(folder, plot)).transpose()?.flatten();
        let answer = plot.asks().then(|| engine::answer(plot.name(), run.as_ref(), knobs));
        if let Some(Err(why)) = answer.as_ref().map(|answer| &answer.parts) {
            return Err(Failure::Failed(format!("{} cannot be drawn: {why}", plot.name())));
        }
        let series = folders.iter().map(|folder| series(Path::new(folder))).collect::<Result<Vec<Series>, Failure>>()?;
        let levels = run.as_ref().map_or(&[][..], |run| &run.levels);
        let short = |folder: &str| folder.trim_end_matches('/').rsplit('/').next().unwrap_or(folder).to_owned();
        let names: Vec<String> = folders.iter().map(|folder| short(folder)).collect();
        let curves: Vec<RunCurves<'_>> = series
            .iter()
            .zip(&names)
            .map(|(series, name)| RunCurves {
                name,
                curves: series,
                changes: &[],
                levels,
                dimension: run.as_ref().map(|run| run.dimension),
            })
            .collect();
        let linked = Linked::default();
        let inputs = Inputs {
            answer: answer.as_ref(),
            runs: &curves,
            images: run.as_ref().map(|run| &run.images),
            labels: run.as_ref().map_or(&[], |run| &run.labels),
            classes: run.as_ref().map_or(&[], |run| &run.classes),
            ..Inputs::nothing(&linked, knobs)
        };
        let scene = plot.scene(&inputs, (width, (width * plot.aspect()).round()));
        let name = names.first().cloned().unwrap_or_default();
        Ok(OfRun { name, scene, table: plot.table(&inputs), summary: plot.summary(&inputs) })
    }
}

/// The pictures of several runs one below the other, each under the name of its run.
fn stacked(pictures: &[OfRun]) -> Scene {
    /// Room for a name, CSS pixels.
    const NAME: f64 = 34.0;
    if let [only] = pictures {
        return only.scene.clone();
    }
    let width = pictures.iter().map(|picture| picture.scene.width).fold(0.0, f64::max);
    let mut all = Scene::new((width, 0.0));
    for picture in pictures {
        all.words(&picture.name, (8.0, all.height + 0.6 * NAME), 16.0, Ink::Ink, Anchor::Start);
        all.add(picture.scene.clone(), (0.0, all.height + NAME));
        all.height += NAME + picture.scene.height;
    }
    all
}

fn table(pictures: &[OfRun]) -> Table {
    match pictures {
        [only] => only.table.clone(),
        _ => Table::together("run", pictures.iter().map(|picture| (picture.name.as_str(), picture.table.clone()))),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    let knobs = |plot: &dyn Plot| plot.knobs().into_iter().map(|knob| knob.name).collect::<Vec<String>>();
    if as_json {
        let one = |plot: &&dyn Plot| {
            json!({
                "name": plot.name(), "title": plot.title(), "sentence": plot.sentence(), "source": plot.source(),
                "knobs": knobs(*plot),
            })
        };
        return output::result(&Json::from(plots::LIST.iter().map(one).collect::<Vec<_>>()).to_string());
    }
    let one = |plot: &&dyn Plot| {
        let knobs = knobs(*plot);
        let turned = if knobs.is_empty() { String::new() } else { format!(" Knobs: {}.", knobs.join(", ")) };
        format!("{:<14} {}: {}{turned}", plot.name(), plot.title(), plot.sentence())
    };
    output::result(&plots::LIST.iter().map(one).collect::<Vec<_>>().join("\n"))
}

/// The run of a folder with its network, where the picture needs it; where it does not, what there is.
fn pictured(folder: &str, plot: &dyn Plot) -> Result<Option<Pictured>, Failure> {
    let source = Source::of(&engine::catalogue(), Path::new(folder), None, &[], &[]);
    let run = source.and_then(|source| match source.into_experiment() {
        Some((experiment, weights)) => engine::pictured(experiment, &weights),
        None => Err(Failure::Usage(format!("{folder} has no data"))),
    });
    match run {
        Ok(run) => Ok(Some(run)),
        // The curves are there without the images.
        Err(_) if !plot.asks() && Path::new(folder).is_dir() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// All scalars of a run folder's `metrics.jsonl`; what is no whole line is left out.
fn series(folder: &Path) -> Result<Series, Failure> {
    let mut series = Series::new();
    for Record { step, scalars, .. } in Record::read_all(&kept::metrics(&kept::existing(folder)?)?, u64::MAX) {
        for scalar in scalars.into_iter().filter(|scalar| scalar.value.is_finite()) {
            series.entry(scalar.name).or_default().push((step, scalar.value));
        }
    }
    Ok(series)
}

/// An image as the address of a PNG file that is in the address itself.
fn address(image: &Thumbnails) -> String {
    let side = u32::try_from(image.side).unwrap_or(0);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    // Writing to memory cannot fail, and scenes hold whole images only.
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(&image.rgba);
    }
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes))
}

/// The family to write with: a usual one without serifs, or whatever there is.
fn family(fonts: &resvg::usvg::fontdb::Database) -> Option<String> {
    const USUAL: [&str; 6] = ["Noto Sans", "DejaVu Sans", "Liberation Sans", "Segoe UI", "Helvetica Neue", "Arial"];
    let families = || fonts.faces().filter_map(|face| face.families.first()).map(|(name, _)| name.as_str());
    let usual = USUAL.into_iter().find(|usual| families().any(|name| name == *usual));
    usual.or_else(|| families().next()).map(str::to_owned)
}

/// The picture in pixels, twice as many as it has points.
fn bitmap(text: &str) -> Result<Vec<u8>, Failure> {
    use resvg::{tiny_skia, usvg};
    let mut options = usvg::Options { font_family: "sans-serif".into(), ..usvg::Options::default() };
    options.fontdb_mut().load_system_fonts();
    let family = family(&options.fontdb).ok_or_else(|| {
        Failure::Failed("this machine has no fonts to write with; write an .svg instead, or install a font".into())
    })?;
    options.fontdb_mut().set_sans_serif_family(family);
    let broken = |error: &dyn std::fmt::Display| {
        Failure::Failed(format!("the picture could not be painted: {error}; write an .svg instead"))
    };
    let tree = usvg::Tree::from_str(text, &options).map_err(|error| broken(&error))?;
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(2 * size.width(), 2 * size.height()).ok_or_else(|| broken(&"it has no size"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words are painted, wherever there are fonts at all.
    #[test]
    fn a_bitmap_has_its_words() {
        let picture = |words: &str| {
            let mut scene = Scene::new((120.0, 40.0));
            scene.words(words, (60.0, 20.0), 12.0, Ink::Ink, Anchor::Middle);
            bitmap(&svg(&scene, false, &address))
        };
        match (picture(""), picture("alignment")) {
            (Ok(blank), Ok(written)) => assert!(written.len() > blank.len(), "no word was written"),
            (Err(failure), _) | (_, Err(failure)) => assert!(failure.to_string().contains("no fonts"), "{failure}"),
        }
    }

    /// Images are painted, too: a red one makes red pixels.
    #[test]
    fn a_bitmap_has_its_images() {
        let mut scene = Scene::new((40.0, 40.0));
        let image = Thumbnails { side: 4, rgba: [255, 0, 0, 255].repeat(16) };
        scene.image(&image, 0, [4.0, 4.0, 32.0, 32.0]);
        let painted = match bitmap(&svg(&scene, false, &address)) {
            Ok(painted) => painted,
            Err(failure) => return assert!(failure.to_string().contains("no fonts"), "{failure}"),
        };
        let mut reader = png::Decoder::new(std::io::Cursor::new(painted)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("its pixels");
        let red = pixels.chunks_exact(4).filter(|pixel| pixel[0] > 240 && pixel[1] < 16 && pixel[2] < 16).count();
        assert!(red > 3000, "{red} red pixels");
    }
}
