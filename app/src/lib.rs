//! The page: what a person sees of an experiment, and how they steer it.
//!
//! It never sees the engine: it sends [`augsphere_spec::Command`]s to a worker and folds the
//! [`augsphere_spec::Event`]s that come back into one [`state::State`].

mod browser;
pub mod changes;
pub mod choosing;
mod connection;
pub mod history;
pub mod knobs;
mod page;
mod painter;
pub mod parcel;
pub mod picking;
pub mod plots;
mod sphere;
pub mod state;
#[cfg(test)]
mod trial;
pub mod tries;
mod ui;
pub mod words;

/// What can be chosen, written by the engine; the worker's own list is the same one.
pub const CATALOGUE: &str = include_str!("../../assets/catalogue.json");

/// Presets: name for people, TOML.
pub const PRESETS: [(&str, &str); 3] = [
    ("Shapes, drawn on the spot", include_str!("../../assets/presets/shapes-simclr.toml")),
    ("Shapes, with DCL", include_str!("../../assets/presets/shapes-dcl.toml")),
    ("CIFAR-10, from a file", include_str!("../../assets/presets/cifar10-simclr.toml")),
];

/// Builds the page in the document's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(ui::Desk);
    // What stood in for the page while it was loading has done its work.
    if let Some(skeleton) = browser::document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use augsphere_spec::Catalogue;

    #[test]
    fn catalogue_and_presets_can_be_read() {
        let catalogue: Catalogue = serde_json::from_str(super::CATALOGUE).unwrap();
        for (name, toml) in super::PRESETS {
            let experiment = catalogue.read_toml(toml).unwrap_or_else(|mistakes| panic!("{name}: {mistakes}"));
            assert_eq!(experiment.choices("method").len(), 1);
        }
    }
}
