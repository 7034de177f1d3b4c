//! What can be chosen, printed.

use crate::failure::Failure;
use crate::{engine, output, presets};
use augsphere_spec::{Card, Catalogue, Knob, KnobKind, Recipe, Section};

/// Prints the catalogue, in words or as JSON.
///
/// # Errors
/// If standard output cannot be written.
pub fn catalogue(json: bool) -> Result<(), Failure> {
    let catalogue = engine::catalogue();
    if json {
        // A section a line: the page carries this text, and indentation would be half of it.
        let sections: Result<Vec<String>, _> = catalogue.sections.iter().map(serde_json::to_string).collect();
        let sections = sections.map_err(|error| Failure::Failed(format!("could not write the catalogue as JSON: {error}")))?;
        return output::result(&format!("{{\"sections\":[\n{}\n]}}", sections.join(",\n")));
    }
    output::result(&in_words(&catalogue))
}

/// Prints the recipes of augmentations.
///
/// # Errors
/// If standard output cannot be written.
pub fn policies() -> Result<(), Failure> {
    let catalogue = engine::catalogue();
    let recipes = catalogue.section("augment").map_or(&[][..], |section| &section.recipes);
    let line = |recipe: &Recipe| format!("{:<18} {}. {} [{}]", recipe.name, recipe.title, recipe.summary, recipe.paper);
    output::result(&recipes.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Prints the presets, or one of them as TOML.
///
/// # Errors
/// An unknown name; standard output that cannot be written.
pub fn presets(name: Option<&str>) -> Result<(), Failure> {
    match name {
        Some(name) => match presets::find(name) {
            Some(preset) => output::result(preset.toml.trim_end()),
            None => Err(Failure::Usage(format!("no preset is called `{name}`; the presets are {}", presets::names()))),
        },
        None => {
            let lines: Vec<String> =
                augsphere_spec::PRESETS.iter().map(|preset| format!("{:<16} {}", preset.name, preset.summary())).collect();
            output::result(&lines.join("\n"))
        }
    }
}

fn in_words(catalogue: &Catalogue) -> String {
    catalogue.sections.iter().map(section_in_words).collect::<Vec<_>>().join("\n\n")
}

fn section_in_words(section: &Section) -> String {
    if let Some(leader) = &section.follows {
        let what = "The same knobs as those of";
        return format!("[{}] {}\n{} {what} [{leader}].", section.name, section.title, section.help);
    }
    let how = if section.cards.len() == 1 {
        String::new()
    } else if section.all {
        " (all apply, in this order)".to_owned()
    } else {
        format!(" (choose one with {}.kind; the first is the default)", section.name)
    };
    let live = if section.live { "\nMay be exchanged during a run, which keeps the encoder." } else { "" };
    let mut family = "";
    let mut cards = Vec::new();
    for card in &section.cards {
        if card.family != family {
            family = &card.family;
            cards.push(format!("  -- {family}"));
        }
        cards.push(card_in_words(section, card));
    }
    format!("[{}] {}{how}\n{}{live}\n{}", section.name, section.title, section.help, cards.join("\n"))
}

fn card_in_words(section: &Section, card: &Card) -> String {
    let paper = if card.paper.is_empty() { String::new() } else { format!(" [{}]", card.paper) };
    let prefix = if section.all { format!("{}.{}", section.name, card.name) } else { section.name.clone() };
    let mut lines = vec![format!("  {}: {}. {}{paper}", card.name, card.title, card.summary)];
    lines.extend(card.knobs.iter().map(|knob| knob_in_words(&prefix, knob)));
    let implies: Vec<String> = card.implies.iter().map(|(path, value)| format!("{path} = {value}")).collect();
    if !implies.is_empty() {
        lines.push(format!("    brings along unless something else is said: {}", implies.join(", ")));
    }
    lines.extend(
        card.conflicts.iter().map(|conflict| format!("    not with {} = {}: {}", conflict.path, conflict.value, conflict.why)),
    );
    lines.join("\n")
}

fn knob_in_words(prefix: &str, knob: &Knob) -> String {
    let bounds = match &knob.kind {
        KnobKind::Float { min, max, .. } => format!("{min} to {max}"),
        KnobKind::Int { min, max } => format!("{min} to {max}, whole"),
        KnobKind::Bool => "true or false".to_owned(),
        KnobKind::Choice { options } => options.join(" | "),
        KnobKind::Text => "text".to_owned(),
    };
    format!("    {prefix}.{} = {}  ({bounds})  {}", knob.name, knob.default, knob.help)
}
