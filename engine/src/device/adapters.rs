//! The adapters of this machine, and the one that a number or a part of a name means.

#[cfg(feature = "gpu")]
use super::graphics;
use augsphere_spec::{DeviceChoice, Fault};
use serde::Serialize;

/// What an adapter is made of, the preferred ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A card of its own.
    Discrete,
    /// A part of the processor.
    Integrated,
    /// A share of a card, in a virtual machine.
    Virtual,
    /// A GPU that does not say what it is; browsers do not.
    Other,
    /// A program that pretends to be a GPU.
    Software,
    /// The CPU, in plain Rust.
    Cpu,
}

/// An adapter, before it is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterInfo {
    /// Its number in [`super::list`].
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Which choice of device it belongs to.
    pub device: DeviceChoice,
    /// What it is made of.
    pub kind: AdapterKind,
    /// `Vulkan`, `Metal`, `Dx12`, `WebGPU`, `CUDA`, `CPU`.
    pub backend: String,
    /// Driver and its version; empty if it does not say.
    pub driver: String,
    /// Most bytes of one tensor, if it says.
    pub max_binding: Option<u64>,
    /// Most invocations of a workgroup, if it says.
    pub max_invocations: Option<u32>,
    /// Whether it computes with 16-bit floats; not used yet.
    pub f16: bool,
    /// Whether its clock can be read; not needed.
    pub timestamps: bool,
    /// Whether invocations of a subgroup can exchange numbers; not needed.
    pub subgroups: bool,
}

impl AdapterInfo {
    /// Whether this is the same adapter in another listing.
    pub(super) fn is_the_adapter(&self, other: &Self) -> bool {
        (self.index, self.device, &self.name, &self.backend) == (other.index, other.device, &other.name, &other.backend)
    }
}

#[cfg(feature = "gpu")]
impl AdapterInfo {
    /// What people are told of a device on it; `kind` as in [`augsphere_spec::DeviceReport`]. Why it was taken is not known yet.
    pub(super) fn report(&self, kind: &str) -> augsphere_spec::DeviceReport {
        let name = format!("{}: {}", self.backend, self.name);
        augsphere_spec::DeviceReport { kind: kind.into(), name, reason: String::new() }
    }
}

impl std::fmt::Display for AdapterInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({}, {})", self.index, self.name, self.backend, self.kind.name())
    }
}

impl AdapterKind {
    /// In the one word that tables for programs have.
    pub fn word(self) -> &'static str {
        match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Software => "software",
            Self::Cpu => "cpu",
        }
    }

    /// In a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "of an unknown kind",
            Self::Software => "in software",
            Self::Cpu => "no GPU",
        }
    }
}

/// Where an adapter comes from.
pub(super) enum Source {
    Cpu,
    #[cfg(feature = "gpu")]
    Graphics(Box<graphics::Found>),
    #[cfg(feature = "cuda")]
    Cuda(burn::tensor::Device),
}

/// An adapter and how to open it.
pub(super) struct Row {
    pub info: AdapterInfo,
    pub source: Source,
}

/// Every adapter: GPUs by kind, then CUDA devices, then the CPU.
pub(super) async fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    #[cfg(feature = "gpu")]
    {
        rows.extend(graphics::rows().await);
        rows.sort_by_key(|row| row.info.kind);
    }
    #[cfg(feature = "cuda")]
    rows.extend(cuda());
    rows.push(Row { info: nameless("CPU", DeviceChoice::Cpu, AdapterKind::Cpu), source: Source::Cpu });
    for (index, row) in rows.iter_mut().enumerate() {
        row.info.index = index;
    }
    rows
}

/// An adapter of which no more is known than its name.
fn nameless(name: &str, device: DeviceChoice, kind: AdapterKind) -> AdapterInfo {
    AdapterInfo {
        index: 0,
        name: name.into(),
        device,
        kind,
        backend: if device == DeviceChoice::Cuda { "CUDA".into() } else { "CPU".into() },
        driver: String::new(),
        max_binding: None,
        max_invocations: None,
        f16: false,
        timestamps: false,
        subgroups: false,
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Vec<Row> {
    let devices = burn::tensor::Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec();
    let row = |(number, device): (usize, burn::tensor::Device)| {
        let name = device.identity().map_or_else(|| format!("CUDA device {number}"), |identity| identity.name);
        Row { info: nameless(&name, DeviceChoice::Cuda, AdapterKind::Discrete), source: Source::Cuda(device) }
    };
    devices.into_iter().enumerate().map(row).collect()
}

/// Whether an adapter may be taken for a choice. `Auto` takes what wgpu offers, so that what it takes does not depend on how the
/// program was built.
pub(super) fn fits(choice: DeviceChoice, info: &AdapterInfo) -> bool {
    info.device == if choice == DeviceChoice::Auto { DeviceChoice::Gpu } else { choice }
}

/// The adapter with this number, or the only one with this in its name, capitals aside. By name, `Auto` means any.
pub(super) fn choose(rows: Vec<Row>, choice: DeviceChoice, wanted: &str) -> Result<Row, Fault> {
    let listed: Vec<&AdapterInfo> = rows.iter().map(|row| &row.info).collect();
    let index = chosen(&listed, choice, wanted)?;
    let mut rows = rows;
    Ok(rows.swap_remove(index))
}

/// The place of the adapter that is meant.
fn chosen(listed: &[&AdapterInfo], choice: DeviceChoice, wanted: &str) -> Result<usize, Fault> {
    let wanted = wanted.trim();
    let allowed = |info: &AdapterInfo| choice == DeviceChoice::Auto || info.device == choice;
    if let Some(info) = listed.iter().find(|info| allowed(info) && wanted.parse() == Ok(info.index)) {
        return Ok(info.index);
    }
    let part = wanted.to_lowercase();
    let named = listed.iter().filter(|info| allowed(info) && info.name.to_lowercase().contains(&part));
    let named: Vec<&&AdapterInfo> = if part.is_empty() { Vec::new() } else { named.collect() };
    match named.as_slice() {
        [one] => Ok(one.index),
        [] => Err(unclear(
            format!("No adapter is called `{wanted}`."),
            &listed.iter().copied().filter(|info| allowed(info)).collect::<Vec<_>>(),
        )),
        several => Err(unclear(
            format!("`{wanted}` fits {} adapters.", several.len()),
            &several.iter().map(|info| **info).collect::<Vec<_>>(),
        )),
    }
}

fn unclear(what: String, there: &[&AdapterInfo]) -> Fault {
    let names: Vec<String> = there.iter().map(|info| info.to_string()).collect();
    Fault {
        what,
        location: "adapter".into(),
        remedy: match names.as_slice() {
            [] => "There is none of that kind here: choose another device, or `auto`.".into(),
            _ => format!("Choose by number, or by a part of the name that fits one only: {}.", names.join("; ")),
        },
        recoverable: true,
        settings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laptop() -> Vec<AdapterInfo> {
        let of = |index, name: &str, device, kind| AdapterInfo { index, ..nameless(name, device, kind) };
        vec![
            of(0, "NVIDIA GeForce RTX 4070", DeviceChoice::Gpu, AdapterKind::Discrete),
            of(1, "NVIDIA T4", DeviceChoice::Gpu, AdapterKind::Discrete),
            of(2, "Intel Iris Xe", DeviceChoice::Gpu, AdapterKind::Integrated),
            of(3, "NVIDIA T4", DeviceChoice::Cuda, AdapterKind::Discrete),
            of(4, "CPU", DeviceChoice::Cpu, AdapterKind::Cpu),
        ]
    }

    fn ask(choice: DeviceChoice, wanted: &str) -> Result<usize, Fault> {
        let laptop = laptop();
        chosen(&laptop.iter().collect::<Vec<_>>(), choice, wanted)
    }

    #[test]
    fn an_adapter_is_found_by_number_and_by_a_part_of_its_name() {
        assert_eq!(ask(DeviceChoice::Gpu, "1"), Ok(1));
        assert_eq!(ask(DeviceChoice::Gpu, "iris"), Ok(2));
        assert_eq!(ask(DeviceChoice::Auto, " 4070 "), Ok(0), "a number that is none of the list is a part of a name");
        assert_eq!(ask(DeviceChoice::Cuda, "t4"), Ok(3));
        assert_eq!(ask(DeviceChoice::Auto, "4"), Ok(4), "the number comes before the name");
        assert_eq!(ask(DeviceChoice::Auto, "cpu"), Ok(4));
    }

    #[test]
    fn what_fits_none_or_several_is_refused_with_what_there_is() {
        let several = ask(DeviceChoice::Gpu, "nvidia").expect_err("two are called so");
        assert!(several.what.contains("fits 2 adapters"), "{several:?}");
        assert!(several.remedy.contains("0: NVIDIA GeForce RTX 4070") && several.remedy.contains("1: NVIDIA T4"), "{several:?}");
        assert!(!several.remedy.contains("Iris"), "only those that fit: {several:?}");
        let none = ask(DeviceChoice::Gpu, "radeon").expect_err("there is none");
        assert!(none.what.contains("`radeon`") && none.remedy.contains("2: Intel Iris Xe"), "{none:?}");
        assert!(!none.remedy.contains("4: CPU"), "only adapters of the device that was asked for: {none:?}");
        assert!(ask(DeviceChoice::Cuda, "0").is_err(), "number 0 is no CUDA device");
        assert!(ask(DeviceChoice::Gpu, "").is_err());
    }
}
