//! What the page knows and decides; nothing here needs a browser.

pub mod changes;
pub mod choices;
pub mod distances;
pub mod history;
pub mod knobs;
pub mod state;
#[cfg(test)]
pub mod test_catalogue;
