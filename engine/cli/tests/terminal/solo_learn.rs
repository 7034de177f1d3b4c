//! solo-learn's files of augmentations as people keep them: with labels, switches of the older YAML, anchors, or the wrong file.

use crate::bench::{bench, ended, err, run};
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terminal/solo-learn").join(name)
}

/// The augmentations that a run with this policy keeps.
#[track_caller]
fn kept(folder: &Path, policy: &Path) -> toml::Table {
    let out = format!("kept-{}", fs::read_dir(folder).unwrap().count());
    let policy = policy.to_str().unwrap();
    let arguments = ["run", "tiny.toml", "--device", "cpu", "--set", "train.steps=1", "--out", &out, "--policy", policy];
    ended(&run(folder, &arguments), 0);
    let kept: toml::Table = fs::read_to_string(folder.join(&out).join("experiment.toml")).unwrap().parse().unwrap();
    kept["augment"].as_table().unwrap().clone()
}

/// What is said when this text is the policy.
#[track_caller]
fn refused(folder: &Path, text: &str) -> String {
    fs::write(folder.join("refused.yaml"), text).unwrap();
    let output = run(folder, &["distance", "tiny.toml", "--policy", "refused.yaml"]);
    ended(&output, 2);
    err(&output)
}

#[test]
fn labels_anchors_and_what_is_off_change_nothing() {
    let folder = bench("inert");
    let expected = kept(&folder, &fixture("plain.yaml"));
    assert_eq!(expected["crop"]["scale_min"].as_float(), Some(0.2));
    for name in ["labelled.yaml", "merged.yaml", "whole.yaml"] {
        assert_eq!(kept(&folder, &fixture(name)), expected, "{name}");
    }
}

#[test]
fn a_training_file_is_named_for_what_it_is_in_one_sentence() {
    let folder = bench("training-file");
    let output = run(&folder, &["run", "tiny.toml", "--policy", fixture("training.yaml").to_str().unwrap()]);
    ended(&output, 2);
    let said = err(&output);
    assert!(said.contains("says how to train") && said.contains("augmentations/asymmetric.yaml"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

/// Their reader takes `yes`, 1 and a text for true, and looks at nothing but the crop's switch.
#[test]
fn switches_are_read_as_the_authors_do() {
    let folder = bench("switches");
    let policy = folder.join("switch.yaml");
    let crop = |switch: &str| {
        fs::write(&policy, format!("- rrc: {{{switch}crop_min_scale: 0.2, crop_max_scale: 1.0}}\n")).unwrap();
        kept(&folder, &policy)["crop"]["probability"].as_float()
    };
    for on in ["enabled: yes, ", "enabled: \"True\", ", "enabled: 1, ", "enabled: On, ", ""] {
        assert_eq!(crop(on), Some(1.0), "{on:?}");
    }
    for off in ["enabled: no, ", "enabled: False, ", "enabled: 0, ", "enabled: null, "] {
        assert_eq!(crop(off), Some(0.0), "{off:?}");
    }
}

#[test]
fn what_is_in_doubt_is_refused_by_name() {
    let folder = bench("in-doubt");
    for (text, words) in [
        ("- rrc: {enabled: \"False\"}\n", &["[0].rrc.enabled", "without quotes"][..]),
        ("- rrc: {enabled: maybe}\n", &["[0].rrc.enabled", "True or False"]),
        ("- vertical_flip: {prob: 0.5}\n", &["[0].vertical_flip", "set its prob to 0"]),
        ("- gaussian_blur: {prob: 0.5, sigma: [0.1, 1.0]}\n", &["[0].gaussian_blur.sigma", "not known"]),
        ("- grayscale: {prob: 0.5, enabled: False}\n", &["[0].grayscale.enabled", "prob is 0.5"]),
        ("- one_dim: True\n", &["[0].one_dim", "not known"]),
        ("- grayscale: 0.2\n", &["[0].grayscale", "must be a table"]),
        ("- grayscale: {prob: \"${other.prob}\"}\n", &["[0].grayscale.prob", "must be a number"]),
        ("- {<<: 3}\n", &["merge key"]),
        ("- mean: !tuple [1, 2]\n", &["!tuple"]),
    ] {
        let said = refused(&folder, text);
        assert!(words.iter().all(|word| said.contains(word)), "{text}{said}");
    }
}
