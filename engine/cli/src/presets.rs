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

/// One line: the preset's name, which is also its file's, and a sentence.
macro_rules! preset {
    ($name:literal, $summary:literal) => {
        Preset { name: $name, summary: $summary, toml: include_str!(concat!("../../../assets/presets/", $name, ".toml")) }
    };
}

/// The presets; the first is also the page's.
pub const PRESETS: [Preset; 33] = [
    preset!("shapes-simclr", "SimCLR on drawn shapes with a tiny encoder and an embedding on S2; needs no files."),
    preset!("shapes-dcl", "DCL, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-infonce", "InfoNCE across views, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-moco-v1", "MoCo v1, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-moco-v2", "MoCo v2, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-margin", "The margin loss, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-linear", "The simple linear loss, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-spectral", "The spectral loss, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-alignment-uniformity", "Alignment and uniformity, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-align-only", "Alignment alone: a collapse, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-uniform-only", "Uniformity alone, on drawn shapes; 400 steps of a tiny encoder."),
    preset!(
        "shapes-alignment-uniformity-queue",
        "Alignment and uniformity with a queue, on drawn shapes; 400 steps of a tiny encoder."
    ),
    preset!("shapes-byol", "BYOL, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-simsiam", "SimSiam, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-direct-pred", "DirectPred, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-barlow-twins", "Barlow Twins, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-vicreg", "VICReg, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-unigrad", "UniGrad, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-gradient-b", "Gradient b of UniGrad's table, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-gradient-e", "Gradient e, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-gradient-h", "Gradient h, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-gradient-j", "Gradient j, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-supervised", "Labels: the control, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-pico", "PiCO, labels among others, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("shapes-finetune", "A bad temperature, then fine-tuning, on drawn shapes; 400 steps of a tiny encoder."),
    preset!("cifar10-simclr", "SimCLR on CIFAR-10 with a small encoder; give the archive with --set data.path=FILE."),
    preset!("cifar10-moco-v2", "MoCo v2, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."),
    preset!(
        "cifar10-alignment-uniformity",
        "Alignment and uniformity, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."
    ),
    preset!("cifar10-byol", "BYOL, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."),
    preset!("cifar10-simsiam", "SimSiam, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."),
    preset!("cifar10-barlow-twins", "Barlow Twins, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."),
    preset!("cifar10-vicreg", "VICReg, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."),
    preset!("cifar10-unigrad", "UniGrad, on CIFAR-10 (--set data.path=FILE); 600 steps of a small encoder."),
];

/// The preset called `name`.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The names, for a message.
pub fn names() -> String {
    PRESETS.map(|preset| preset.name).join(", ")
}
