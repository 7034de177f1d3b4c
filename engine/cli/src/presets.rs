//! Which experiments come with the program?

/// An experiment that comes with the program.
pub struct Preset {
    /// What to call it on the command line.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The experiment.
    pub toml: &'static str,
}

/// The presets; the first is also the page's.
pub const PRESETS: [Preset; 3] = [
    Preset {
        name: "shapes-simclr",
        summary: "SimCLR on drawn shapes with a tiny encoder and an embedding on S2; needs no files.",
        toml: include_str!("../../../assets/presets/shapes-simclr.toml"),
    },
    Preset {
        name: "shapes-dcl",
        summary: "DCL (the positive out of the denominator) on drawn shapes and S2, 400 steps; needs no files.",
        toml: include_str!("../../../assets/presets/shapes-dcl.toml"),
    },
    Preset {
        name: "cifar10-simclr",
        summary: "SimCLR on CIFAR-10 with a small encoder; give the archive with --set data.path=FILE.",
        toml: include_str!("../../../assets/presets/cifar10-simclr.toml"),
    },
];

/// The preset called `name`.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The names, for a message.
pub fn names() -> String {
    PRESETS.map(|preset| preset.name).join(", ")
}
