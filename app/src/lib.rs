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

/// Presets: name for people, TOML.
pub const PRESETS: [(&str, &str); 33] = [
    ("Shapes, drawn on the spot", include_str!("../../assets/presets/shapes-simclr.toml")),
    ("Shapes, with DCL", include_str!("../../assets/presets/shapes-dcl.toml")),
    ("Shapes, with InfoNCE across views", include_str!("../../assets/presets/shapes-infonce.toml")),
    ("Shapes, with MoCo v1", include_str!("../../assets/presets/shapes-moco-v1.toml")),
    ("Shapes, with MoCo v2", include_str!("../../assets/presets/shapes-moco-v2.toml")),
    ("Shapes, with the margin loss", include_str!("../../assets/presets/shapes-margin.toml")),
    ("Shapes, with the simple linear loss", include_str!("../../assets/presets/shapes-linear.toml")),
    ("Shapes, with the spectral loss", include_str!("../../assets/presets/shapes-spectral.toml")),
    ("Shapes, with alignment and uniformity", include_str!("../../assets/presets/shapes-alignment-uniformity.toml")),
    ("Shapes, with alignment alone: a collapse", include_str!("../../assets/presets/shapes-align-only.toml")),
    ("Shapes, with uniformity alone", include_str!("../../assets/presets/shapes-uniform-only.toml")),
    (
        "Shapes, with alignment and uniformity with a queue",
        include_str!("../../assets/presets/shapes-alignment-uniformity-queue.toml"),
    ),
    ("Shapes, with BYOL", include_str!("../../assets/presets/shapes-byol.toml")),
    ("Shapes, with SimSiam", include_str!("../../assets/presets/shapes-simsiam.toml")),
    ("Shapes, with DirectPred", include_str!("../../assets/presets/shapes-direct-pred.toml")),
    ("Shapes, with Barlow Twins", include_str!("../../assets/presets/shapes-barlow-twins.toml")),
    ("Shapes, with VICReg", include_str!("../../assets/presets/shapes-vicreg.toml")),
    ("Shapes, with UniGrad", include_str!("../../assets/presets/shapes-unigrad.toml")),
    ("Shapes, with gradient b of UniGrad's table", include_str!("../../assets/presets/shapes-gradient-b.toml")),
    ("Shapes, with gradient e", include_str!("../../assets/presets/shapes-gradient-e.toml")),
    ("Shapes, with gradient h", include_str!("../../assets/presets/shapes-gradient-h.toml")),
    ("Shapes, with gradient j", include_str!("../../assets/presets/shapes-gradient-j.toml")),
    ("Shapes, with labels: the control", include_str!("../../assets/presets/shapes-supervised.toml")),
    ("Shapes, with PiCO, labels among others", include_str!("../../assets/presets/shapes-pico.toml")),
    ("Shapes, with a bad temperature, then fine-tuning", include_str!("../../assets/presets/shapes-finetune.toml")),
    ("CIFAR-10, from a file", include_str!("../../assets/presets/cifar10-simclr.toml")),
    ("CIFAR-10, with MoCo v2", include_str!("../../assets/presets/cifar10-moco-v2.toml")),
    ("CIFAR-10, with alignment and uniformity", include_str!("../../assets/presets/cifar10-alignment-uniformity.toml")),
    ("CIFAR-10, with BYOL", include_str!("../../assets/presets/cifar10-byol.toml")),
    ("CIFAR-10, with SimSiam", include_str!("../../assets/presets/cifar10-simsiam.toml")),
    ("CIFAR-10, with Barlow Twins", include_str!("../../assets/presets/cifar10-barlow-twins.toml")),
    ("CIFAR-10, with VICReg", include_str!("../../assets/presets/cifar10-vicreg.toml")),
    ("CIFAR-10, with UniGrad", include_str!("../../assets/presets/cifar10-unigrad.toml")),
];

/// Builds the page in the document's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(ui::App);
    // What stood in for the page while it was loading has done its work.
    if let Some(skeleton) = wire::browser::document().get_element_by_id("skeleton") {
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
