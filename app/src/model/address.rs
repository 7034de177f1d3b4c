//! Links: the address as the experiment makes it, and the experiment as an address asks for it.

use super::changes::same;
use super::entrance::Entrance;
use super::names::{Origin, name, presets};
use super::notices::{Notice, Scope};
use super::{Effect, LinkedTo, Model, bench};
use crate::text;
use augsphere_spec::{DeviceChoice, Experiment, Fault, Mistakes, from_fragment, to_fragment};

impl Model {
    /// What links and files keep: while the controls show what runs, the experiment that does again what the run did, otherwise what
    /// the controls show.
    pub fn lasting(&self) -> Experiment {
        let kept = match &self.state.run {
            Some(run) if self.state.preparing.is_none() && self.hindrance.is_none() && same(&self.draft, &run.experiment) => {
                run.replay(&self.catalogue)
            }
            _ => self.draft.clone(),
        };
        let called = name(&kept, self.origin);
        let original =
            called.preset.and_then(|preset| presets().get(preset)).map_or("", |preset| preset.experiment.name.as_str());
        let name = match (original, called.edited) {
            ("", _) => kept.name.clone(),
            (original, true) => format!("{original}, edited"),
            (original, false) => original.to_owned(),
        };
        Experiment { name, ..kept }
    }

    /// The part of the address after `#` that restores what the page shows.
    pub fn link(&self) -> String {
        let mut fragment = to_fragment(&self.catalogue, &self.lasting());
        if self.device != DeviceChoice::Auto {
            fragment.push_str("&device=");
            fragment.push_str(text::device(self.device));
        }
        if self.entrance == Entrance::Explore {
            fragment.push_str("&entrance=explore");
        }
        let board = self.board.link();
        if !board.is_empty() {
            fragment.push_str("&board=");
            fragment.push_str(board);
        }
        fragment
    }

    /// What the experiment is called that the controls show.
    pub fn name(&self) -> super::names::Name {
        name(&self.draft, self.origin)
    }

    /// The preset that `experiment` is called by, or nothing if it is not one.
    pub fn preset(&self) -> Option<usize> {
        super::names::preset_of(&self.draft)
    }

    /// Puts the link into the address, if it is another one than before.
    pub(super) fn write_address(&mut self, effects: &mut Vec<Effect>) {
        let run = self.state.run.as_ref().filter(|_| self.state.preparing.is_none() && self.hindrance.is_none());
        let run = run.map(|run| (run.id, run.changed));
        let same = self.linked.as_ref().is_some_and(|linked| {
            linked.run == run
                && linked.board == self.board.link()
                && linked.device == self.device
                && linked.entrance == self.entrance
                && linked.origin == self.origin
                && linked.draft == self.draft
        });
        if same {
            return;
        }
        self.linked = Some(LinkedTo {
            draft: self.draft.clone(),
            origin: self.origin,
            entrance: self.entrance,
            device: self.device,
            board: self.board.link().to_owned(),
            run,
        });
        let link = self.link();
        if link != self.address {
            self.notices.end(Scope::Copy);
            self.address.clone_from(&link);
            effects.push(Effect::SetAddress(link));
        }
    }

    /// The address was changed by hand or by an anchor on the page.
    pub(super) fn open_address(&mut self, fragment: &str, effects: &mut Vec<Effect>) {
        let fragment = fragment.trim_start_matches('#');
        if fragment == self.address {
            return;
        }
        if fragment == bench::FRAGMENT {
            self.open_bench(effects);
            return;
        }
        // An anchor is not a link to an experiment: it may move the page, the address stays.
        if fragment.contains('=') && self.read_link(fragment) {
            self.enter(Entrance::at(fragment, None));
            self.play_requested = false;
            self.begins_anew();
            self.linked = None;
            fragment.clone_into(&mut self.address);
            self.begin(effects);
        } else {
            effects.push(Effect::SetAddress(self.address.clone()));
        }
    }

    /// The benchmark needs the page for itself, and a trained run that would be lost, also one that undo brings back, goes before it.
    fn open_bench(&mut self, effects: &mut Vec<Effect>) {
        if !self.guarded {
            effects.push(Effect::OpenAt(bench::FRAGMENT));
            return;
        }
        effects.push(Effect::SetAddress(self.address.clone()));
        let fault = Fault {
            what: "The benchmark needs the page for itself, and what was trained here would be lost.".into(),
            location: "the address".into(),
            remedy: "Open it in a new tab: \u{201c}Measure it\u{201d}, beside the device, does.".into(),
            recoverable: true,
            settings: Vec::new(),
        };
        self.notices.add(Scope::Link, fault);
    }

    /// Lets the controls show what a link asks for; what is wrong with it becomes one notice. Whether it could be read.
    pub(super) fn read_link(&mut self, fragment: &str) -> bool {
        self.notices.end(Scope::Link);
        match from_fragment(&self.catalogue, &presets()[0].experiment, fragment) {
            Ok((experiment, extra)) => {
                let device = extra.iter().find(|(key, _)| key == "device");
                self.device = device.map_or(DeviceChoice::Auto, |(_, word)| text::read_device(word));
                let board = extra.iter().find(|(key, _)| key == "board");
                self.board.read_link(board.map_or("", |(_, board)| board));
                let origin = super::names::preset_of(&experiment).map_or(Origin::Link, Origin::Preset);
                self.show(experiment);
                (self.origin, self.encoder) = (origin, None);
                true
            }
            Err(mistakes) => {
                self.notices.add(Scope::Link, broken_link(&mistakes));
                false
            }
        }
    }

    /// Copies the link, which is made of the experiment as it is now.
    pub(super) fn copy_link(&mut self, effects: &mut Vec<Effect>) {
        let link = self.link();
        self.copied = None;
        self.notices.end(Scope::Copy);
        effects.push(Effect::Copy(link));
    }

    /// The browser has copied the link, or shows it to be copied by hand.
    pub(super) fn link_copied(&mut self, copied: bool) {
        let link = self.link();
        if copied {
            self.copied = Some(link);
            return;
        }
        let why = if self.secure {
            "This browser does not let the page copy."
        } else {
            "Browsers let pages copy only if they came over https; this one came over plain http."
        };
        let fault = Fault {
            what: why.into(),
            location: "the link".into(),
            remedy: "Copy the link below by hand.".into(),
            recoverable: true,
            settings: Vec::new(),
        };
        self.notices.put(Notice { fault, scope: Scope::Copy, link: Some(link), offer: None });
    }

    /// Whether the newest link was copied.
    pub fn is_copied(&self) -> bool {
        self.copied.as_ref().is_some_and(|copied| *copied == self.address)
    }
}

/// Everything that is wrong with a link, in one fault.
fn broken_link(Mistakes(mistakes): &Mistakes) -> Fault {
    let said = |path: &str, what: &str| format!("{path} {what}");
    let what = match mistakes.as_slice() {
        [only] => format!("The link cannot be opened: {}.", said(&only.path, only.what.trim_end_matches('.'))),
        many => {
            let paths: Vec<&str> = many.iter().map(|mistake| mistake.path.as_str()).collect();
            let first = &many[0];
            format!(
                "The link cannot be opened: {} things in it do not fit ({}). The first: {}.",
                many.len(),
                paths.join(", "),
                said(&first.path, first.what.trim_end_matches('.'))
            )
        }
    };
    Fault {
        what,
        location: "the link".into(),
        remedy: "The page shows what it would show without it; correct the link, or go on from here.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}
