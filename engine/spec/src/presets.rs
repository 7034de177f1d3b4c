//! The experiments that come with the program.
//!
//! A preset is a file in `assets/presets/`, called as its `name` says, and a line in [`PRESETS`]. Its `title` and its `summary` stand in the
//! file, too, so the page's menu and the terminal's list follow from it.

/// An experiment that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its key, which is also its file's: `shapes-simclr`.
    pub name: &'static str,
    /// The experiment, as it stands in the file.
    pub toml: &'static str,
}

impl Preset {
    /// Its name for people: `Shapes, with BYOL`.
    pub fn title(&self) -> &'static str {
        self.text("title = \"")
    }

    /// One sentence: what it is.
    pub fn summary(&self) -> &'static str {
        self.text("summary = \"")
    }

    /// The pictures that show what it is about, by their names; none for those that any will do for.
    pub fn pictures(&self) -> Vec<&'static str> {
        self.text("pictures = \"").split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
    }

    /// The text after `key` on a line of its own before the first table; empty if there is none.
    fn text(&self, key: &str) -> &'static str {
        let head = self.toml.lines().take_while(|line| !line.starts_with('['));
        head.filter_map(|line| line.strip_prefix(key)?.strip_suffix('"')).next().unwrap_or_default()
    }
}

/// A preset for each name.
macro_rules! presets {
    ($($name:literal,)*) => {
        &[$(Preset { name: $name, toml: include_str!(concat!("../../../assets/presets/", $name, ".toml")) },)*]
    };
}

/// The presets, in the order of the menu; the first is what the page opens with.
pub const PRESETS: &[Preset] = presets![
    "shapes-simclr",
    "shapes-dcl",
    "shapes-infonce",
    "shapes-moco-v1",
    "shapes-moco-v2",
    "shapes-margin",
    "shapes-linear",
    "shapes-linear-normalised",
    "shapes-spectral",
    "shapes-alignment-uniformity",
    "shapes-align-only",
    "shapes-collapse",
    "shapes-uniform-only",
    "shapes-alignment-uniformity-queue",
    "shapes-byol",
    "shapes-simsiam",
    "shapes-direct-pred",
    "shapes-barlow-twins",
    "shapes-vicreg",
    "shapes-unigrad",
    "shapes-gradient-b",
    "shapes-gradient-g",
    "shapes-gradient-h",
    "shapes-gradient-j",
    "shapes-supervised",
    "shapes-pico",
    "shapes-finetune",
    "cifar10-simclr",
    "cifar10-moco-v2",
    "cifar10-alignment-uniformity",
    "cifar10-byol",
    "cifar10-simsiam",
    "cifar10-barlow-twins",
    "cifar10-vicreg",
    "cifar10-unigrad",
];

/// The preset called `name`.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
