//! A part of the model that components read like a signal.

use crate::model::Model;
use leptos::prelude::*;

/// A part of the model. Copies refer to the same.
pub struct Part<T: 'static> {
    model: StoredValue<Model>,
    news: RwSignal<u64>,
    of: fn(&Model) -> &T,
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Part<T> {}

impl<T> Part<T> {
    /// The part that `of` finds, which may have changed whenever `news` has.
    pub fn new(model: StoredValue<Model>, news: RwSignal<u64>, of: fn(&Model) -> &T) -> Self {
        Self { model, news, of }
    }

    /// Reads it; whoever reads is woken when it may have changed.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.news.track();
        self.with_untracked(read)
    }

    /// Reads it once.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.model.with_value(|model| read((self.of)(model)))
    }
}
