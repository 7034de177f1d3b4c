//! What the page asks of its surroundings: the worker, the browser, and the files that people give.

pub mod browser;
pub mod diagnosis;
pub mod files;
pub mod transport;
