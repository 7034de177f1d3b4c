//! What went wrong and is not over yet.

use super::Offer;
use augsphere_spec::Fault;

/// What a fault is about, and so what ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The worker: over when one listens and answers.
    Worker,
    /// The run: over when another one is shown.
    Run,
    /// Something beside the run: over when it is asked again, or a run begins.
    Session,
    /// A file: over when one was read, or others are given.
    File,
    /// The address: over when an experiment is opened.
    Link,
    /// A run that came back by itself: over when another one is shown.
    Back,
    /// Kept runs: over when something else is done with them.
    Shelf,
    /// Copying: over when it worked, or the link is another one.
    Copy,
}

/// A fault and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What happened, where, and what to do next.
    pub fault: Fault,
    /// What it is about.
    pub scope: Scope,
    /// The link to copy by hand: the part after `#`.
    pub link: Option<String>,
    /// What can be done about it.
    pub offer: Option<Offer>,
}

/// Everything that went wrong and is not over, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notices(Vec<Notice>);

impl Notices {
    /// Adds a fault; the same one is not shown twice.
    pub fn add(&mut self, scope: Scope, fault: Fault) {
        self.put(Notice { fault, scope, link: None, offer: None });
    }

    /// Adds a notice in place of the same one.
    pub fn put(&mut self, notice: Notice) {
        self.0.retain(|known| known.fault != notice.fault);
        self.0.push(notice);
    }

    /// What these were about is over.
    pub fn end(&mut self, scope: Scope) {
        self.0.retain(|notice| notice.scope != scope);
    }

    /// Takes what offers this away.
    pub fn withdraw(&mut self, offer: &Offer) {
        self.0.retain(|notice| notice.offer.as_ref() != Some(offer));
    }

    /// Takes the newest away.
    pub fn dismiss(&mut self) {
        self.0.pop();
    }

    /// The newest.
    pub fn newest(&self) -> Option<&Notice> {
        self.0.last()
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something about this is wrong.
    pub fn about(&self, scope: Scope) -> bool {
        self.0.iter().any(|notice| notice.scope == scope)
    }
}
