//! What the page asks of its surroundings: the worker and the browser.

pub mod browser;
pub mod parcel;
pub mod transport;
