//! What is said of kept runs: where they are kept, in what they differ, and what could not be done with them.

use super::number;
use crate::model::shelf::Entry;
use crate::model::shelf::store::{Place, Refusal, Usage, Why};
use augsphere_spec::{Catalogue, Experiment, Fault, bytes, differences};

/// Something about kept runs that is not in order.
fn fault(what: String, remedy: &str) -> Fault {
    Fault { what, location: "the shelf".into(), remedy: remedy.into(), recoverable: true, settings: Vec::new() }
}

/// Where runs are kept and how much room they take. `secure`: whether the page came over a secure connection.
pub fn storage(place: Option<&Place>, usage: Usage, secure: bool) -> String {
    let why = match place {
        None => return "Looking for kept runs\u{2026}".into(),
        Some(Place::Disk) => {
            let allowed = if usage.allowed > 0 { format!(" of {}", bytes(usage.allowed)) } else { String::new() };
            return format!(
                "Kept in this browser, on this machine only: {}{allowed}. They are gone if you clear this site\u{2019}s data.",
                bytes(usage.used)
            );
        }
        Some(Place::Memory(why)) => why,
    };
    let why = match why {
        Why::Missing if !secure => {
            "Browsers keep files only for pages that come over https or from localhost; this one came over plain http".to_owned()
        }
        Why::Missing => "This browser offers this page no place for files".to_owned(),
        Why::ReadOnly => "This browser does not let pages write files yet".to_owned(),
        Why::Refused(said) => format!("The browser refused a place for files ({})", said.trim_end_matches('.')),
    };
    format!("Kept only as long as this page is open. {why}. Save what you want to keep.")
}

/// At which step something is shown.
pub fn at_step(step: u64) -> String {
    format!("at step {step}")
}

/// How much memory the engine holds, bytes.
pub fn memory(held: u64) -> String {
    format!("The engine holds {} of this computer\u{2019}s memory now.", bytes(held))
}

/// In what a run differs from the one `beside` it, in words; empty if in nothing.
pub fn differs(catalogue: &Catalogue, own: &Experiment, beside: &Experiment) -> String {
    differences(catalogue, beside, own).into_iter().map(|difference| difference.words).collect::<Vec<_>>().join("; ")
}

/// What a setting is called: `Method: Temperature`, `Encoder`, `Seed`.
pub fn setting(catalogue: &Catalogue, experiment: &Experiment, path: &str) -> String {
    let Some((name, rest)) = path.split_once('.') else { return "Seed".into() };
    let Some(section) = catalogue.section(name) else { return path.to_owned() };
    if rest == "kind" {
        return section.title.clone();
    }
    // Of an augmentation its own name says more than that of its section.
    let (card, knob) = rest.split_once('.').map_or((None, rest), |(card, knob)| (section.card(card), knob));
    let knob = catalogue.knob(experiment, path).map_or(knob, |knob| &knob.title);
    match (card, section.card(rest).filter(|_| section.all)) {
        (_, Some(whole)) => whole.title.clone(),
        (Some(card), _) => format!("{}: {knob}", card.title),
        (None, None) => format!("{}: {knob}", section.title),
    }
}

/// What the button says that hands over runs as a file, of which so many are chosen.
pub fn export(chosen: usize) -> String {
    match chosen {
        0 => "Save all as a file".into(),
        1 => "Save the ticked run as a file".into(),
        more => format!("Save the {more} ticked runs as a file"),
    }
}

/// How far a run is: `step 500 of 1000, 43.1 % named right by neighbours`.
pub fn standing(entry: &Entry) -> String {
    let last = entry.experiment.as_ref().and_then(|experiment| experiment.get("train.steps")).and_then(|value| value.as_int());
    let last = last.map_or_else(String::new, |last| format!(" of {last}"));
    let accuracy = entry.latest().map(|share| format!(", {} named right by neighbours", number(share, true)));
    format!("step {}{last}{}", entry.header.step, accuracy.unwrap_or_default())
}

/// Why a run cannot be resumed, if it cannot.
pub fn obstacle(entry: &Entry) -> Option<&'static str> {
    if !entry.known() {
        return Some("Another tab has just begun it.");
    }
    if entry.experiment.is_none() {
        return Some("Its experiment is of another version of this program.");
    }
    entry.checkpoint.is_none().then_some("Its checkpoint was given up: its numbers are here, but it cannot go on.")
}

/// Where a branch stands: `from step 500 of SimCLR on shapes`; with nothing but its encoder, if that is all that it took.
pub fn lineage(entry: &Entry) -> Option<String> {
    let parent = entry.header.parent.as_ref()?;
    let what = if parent.encoder_only { "the encoder of" } else { "from" };
    Some(format!("{what} step {} of {}", parent.step, parent.name))
}

/// How many runs are kept, in a few words.
pub fn count(runs: usize) -> String {
    match runs {
        0 => "a run is kept from its first step on".into(),
        1 => "1 run".into(),
        runs => format!("{runs} runs"),
    }
}

/// What the button says that goes on with a run.
pub fn go_on(entry: Option<&Entry>) -> String {
    entry.map_or_else(|| "Go on".into(), |entry| format!("Go on from step {}", entry.header.step))
}

/// Another tab holds a run.
pub fn elsewhere(name: &str) -> Fault {
    fault(format!("\u{201c}{name}\u{201d} is open in another tab."), "Do this there, or close it there first.")
}

/// A run that another tab holds goes on here as another one.
pub fn on_its_own(name: &str) -> Fault {
    fault(
        format!("\u{201c}{name}\u{201d} is open in another tab: here it goes on as a run of its own."),
        "Both stand on the shelf.",
    )
}

/// The run on the page cannot be deleted.
pub fn is_current(name: &str) -> Fault {
    fault(format!("\u{201c}{name}\u{201d} is the run on the page."), "Reset, or resume another run; then it can be deleted.")
}

/// Some of what came in a file was left out.
pub fn partly_imported(runs: usize, left_out: &[String]) -> Fault {
    let runs = if runs == 1 { "One run was".to_owned() } else { format!("{runs} runs were") };
    fault(format!("{runs} taken from the file; left out: {}.", left_out.join("; ")), "The others are on the shelf.")
}

/// A run was deleted.
pub fn deleted(name: &str) -> Fault {
    fault(format!("\u{201c}{name}\u{201d} was deleted."), "For some seconds you can have it back.")
}

/// A checkpoint was given up because room was short.
pub fn given_up(name: &str) -> Fault {
    fault(
        format!(
            "The browser has no more room, so the checkpoint of \u{201c}{name}\u{201d} was given up: its numbers stay, but it cannot go on."
        ),
        "Keep the runs that you need with the pin, and delete others.",
    )
}

/// A run could not be written.
pub fn not_written(name: &str, refusal: &Refusal) -> Fault {
    let (why, remedy) = match refusal {
        Refusal::Full => (
            "the browser has no more room".to_owned(),
            "Delete runs on the shelf, or take pins away. The run goes on; it is tried again in a minute.",
        ),
        Refusal::Elsewhere => ("another tab holds it".to_owned(), "It goes on as a run of its own."),
        Refusal::Failed(said) => (said.trim_end_matches('.').to_owned(), "The run goes on; it is tried again in a minute."),
    };
    fault(format!("\u{201c}{name}\u{201d} could not be kept: {why}."), remedy)
}

/// A header could not be written, or a run not deleted.
pub fn not_changed(name: &str, refusal: &Refusal) -> Fault {
    match refusal {
        Refusal::Elsewhere => elsewhere(name),
        Refusal::Full => {
            fault(format!("\u{201c}{name}\u{201d} could not be changed: there is no room."), "Delete a run that you do not need.")
        }
        Refusal::Failed(said) => {
            fault(format!("\u{201c}{name}\u{201d} could not be changed: {}.", said.trim_end_matches('.')), "Try it again.")
        }
    }
}

/// A run cannot be branched with what the controls show.
pub fn not_branched(name: &str, setting: &str) -> Fault {
    fault(
        format!("\u{201c}{name}\u{201d} cannot go on with what the controls show: {setting} cannot change within a run."),
        "Set it back to what that run has, or begin a new run with it.",
    )
}

/// With what a run begins.
pub fn begins_with(parent: &augsphere_spec::Parent) -> String {
    format!("Begins with the encoder of \u{201c}{}\u{201d}, as it was after step {}.", parent.name, parent.step)
}

/// A run has no encoder that another one could begin with.
pub fn no_encoder(name: &str) -> Fault {
    fault(
        format!("No run can begin with the encoder of \u{201c}{name}\u{201d}: its weights are not kept any more."),
        "Choose a run that can be resumed; \u{201c}Keep\u{201d} holds on to its weights.",
    )
}

/// The encoder of a run could not be read.
pub fn not_begun(name: &str, why: &str) -> Fault {
    fault(
        format!("The encoder of \u{201c}{name}\u{201d} could not be read: {}.", why.trim_end_matches('.')),
        "What ran before is still there. Choose another run to begin with.",
    )
}

/// A run cannot go on.
pub fn not_resumed(name: &str, readable: bool) -> Fault {
    let why = if readable { "it has no checkpoint any more" } else { "its experiment is of another version of this program" };
    fault(format!("\u{201c}{name}\u{201d} cannot go on: {why}."), "Its numbers can still be compared.")
}

/// A run could not be read.
pub fn not_read(name: &str, why: &str) -> Fault {
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.trim_end_matches('.')) };
    fault(format!("\u{201c}{name}\u{201d} could not be read{why}."), "Try it again, or begin a new run.")
}

/// A run came back by itself after something has ended it at `step` or later.
pub fn recovered(why: &Fault, step: u64) -> Fault {
    Fault {
        what: format!("{} The run goes on from step {step}, where it was kept last.", why.what),
        location: why.location.clone(),
        remedy: format!("If it happens again, the page will ask. {}", why.remedy),
        recoverable: true,
        settings: Vec::new(),
    }
}

/// What to do about a worker that has ended, if its run can come back.
pub fn restarting(remedy: &str, step: u64) -> String {
    format!("{remedy} The run then goes on from step {step}, where it was kept last.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_named_with_its_reason() {
        let usage = Usage { used: 3 << 20, allowed: 2 << 30 };
        assert!(storage(Some(&Place::Disk), usage, true).starts_with("Kept in this browser, on this machine only: 3"));
        let said = |why: Why, secure: bool| storage(Some(&Place::Memory(why)), Usage::default(), secure);
        for (why, secure, word) in [
            (Why::Missing, false, "plain http"),
            (Why::Missing, true, "no place"),
            (Why::ReadOnly, true, "does not let pages write"),
            (Why::Refused("SecurityError: private.".into()), true, "(SecurityError: private)"),
        ] {
            let said = said(why, secure);
            assert!(said.starts_with("Kept only as long as this page is open.") && said.contains(word), "{said}");
            assert!(said.ends_with("Save what you want to keep."), "{said}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do_next() {
        for refusal in [Refusal::Full, Refusal::Elsewhere, Refusal::Failed("The disk is gone.".into())] {
            for fault in [not_written("One", &refusal), not_changed("One", &refusal)] {
                assert!(
                    fault.what.contains("\u{201c}One\u{201d}") && fault.what.ends_with('.') && !fault.what.contains(".."),
                    "{}",
                    fault.what
                );
                assert!(fault.remedy.ends_with('.') && fault.recoverable, "{}", fault.remedy);
            }
        }
    }

    #[test]
    fn a_run_that_cannot_go_on_says_why() {
        let mut entry = Entry::unknown("a");
        assert!(obstacle(&entry).is_some_and(|why| why.contains("Another tab")));
        entry.header.format = 1;
        assert!(obstacle(&entry).is_some_and(|why| why.contains("version")));
        entry.experiment = Some(std::sync::Arc::new(crate::model::names::catalogue().default_experiment()));
        assert!(obstacle(&entry).is_some_and(|why| why.contains("checkpoint")));
        entry.checkpoint = Some(1);
        assert_eq!(obstacle(&entry), None);
        entry.accuracy = vec![(0, 0.1), (20, 0.431)];
        entry.header.step = 21;
        let steps = entry.experiment.as_ref().and_then(|experiment| experiment.get("train.steps"));
        let steps = steps.and_then(|value| value.as_int()).unwrap_or_default();
        assert_eq!(standing(&entry), format!("step 21 of {steps}, 43.1 % named right by neighbours"));
    }
}
