//! The page: what a person sees of an experiment, and how they steer it.
//!
//! It never sees the engine: it sends [`augsphere_spec::Command`]s to a worker and folds the
//! [`augsphere_spec::Event`]s that come back into one [`model::state::State`].

mod draw;
pub mod model;
mod page;
pub mod text;
mod ui;
mod wire;

/// What can be chosen, written by the engine; the worker's own list is the same one.
pub const CATALOGUE: &str = include_str!("../../assets/catalogue.json");

/// Builds the page in the document's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    if wire::browser::fragment().trim_start_matches('#') == model::bench::FRAGMENT {
        leptos::mount::mount_to_body(ui::BenchView);
    } else {
        leptos::mount::mount_to_body(ui::App);
    }
    // What stood in for the page while it was loading has done its work.
    if let Some(skeleton) = wire::browser::document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use augsphere_spec::{Catalogue, PRESETS};

    #[test]
    fn catalogue_and_presets_can_be_read() {
        let catalogue: Catalogue = serde_json::from_str(super::CATALOGUE).unwrap();
        for preset in PRESETS {
            let experiment = catalogue.read_toml(preset.toml).unwrap_or_else(|mistakes| panic!("{}: {mistakes}", preset.name));
            assert_eq!(experiment.choices("method").len(), 1);
        }
    }
}
