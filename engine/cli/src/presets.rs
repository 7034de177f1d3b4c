//! The experiments that come with the program, by name.

use augsphere_spec::PRESETS;
pub use augsphere_spec::preset as find;

/// The names, for a message.
pub fn names() -> String {
    PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ")
}
