//! What the page asks of its surroundings: the worker, the browser, the store of runs, and the files that people give.

pub mod browser;
pub mod diagnosis;
pub mod files;
pub mod runs;
pub mod script;
pub mod store;
pub mod transport;
