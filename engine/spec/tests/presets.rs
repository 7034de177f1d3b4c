//! The list of the experiments that come with the program, beside the files they stand in.

use augsphere_spec::{PRESETS, preset};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_file_is_in_the_list_once_and_says_what_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/presets");
    let stem = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("a preset").path();
        path.file_stem().expect("it has a name").to_string_lossy().into_owned()
    };
    let files: BTreeSet<String> = std::fs::read_dir(folder).expect("presets").map(stem).collect();
    let listed: BTreeSet<String> = PRESETS.iter().map(|preset| preset.name.to_owned()).collect();
    assert_eq!(files, listed);
    assert_eq!(listed.len(), PRESETS.len(), "none stands there twice");
    let titles: BTreeSet<&str> = PRESETS.iter().map(|preset| preset.title()).collect();
    assert_eq!(titles.len(), PRESETS.len(), "no two have the same title: {titles:?}");
    for preset in PRESETS {
        assert!(preset.title().len() > 4 && !preset.title().ends_with('.'), "{}: {:?}", preset.name, preset.title());
        assert!(preset.summary().len() > 20 && preset.summary().ends_with('.'), "{}: {:?}", preset.name, preset.summary());
    }
}

#[test]
fn presets_are_found_by_name() {
    assert_eq!(preset("shapes-byol").map(|found| found.title()), Some("Shapes, with BYOL"));
    assert_eq!(preset("shapes"), None);
    assert_eq!(PRESETS[0].name, "shapes-simclr", "what the page opens with");
}
