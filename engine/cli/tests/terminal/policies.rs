//! Recipes and other people's augmentation files, taken as they are; distances.

use crate::bench::{bench, ended, err, out, run};
use serde_json::Value as Json;
use std::fs;

/// As in solo-learn's `scripts/pretrain/cifar/augmentations/asymmetric.yaml`, in our words.
const ASYMMETRIC: &str = "\
- rrc: {enabled: True, crop_min_scale: 0.08, crop_max_scale: 1.0}
  color_jitter: {prob: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1}
  grayscale: {prob: 0.2}
  gaussian_blur: {prob: 1.0}
  solarization: {prob: 0.0}
  equalization: {prob: 0.0}
  horizontal_flip: {prob: 0.5}
  crop_size: 32
  num_crops: 1
- rrc: {enabled: True, crop_min_scale: 0.08, crop_max_scale: 1.0}
  color_jitter: {prob: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1}
  grayscale: {prob: 0.2}
  gaussian_blur: {prob: 0.1}
  solarization: {prob: 0.2}
  equalization: {prob: 0.0}
  horizontal_flip: {prob: 0.5}
  crop_size: 32
  num_crops: 1
";

#[test]
fn a_file_of_two_pipelines_gives_two_unlike_views() {
    let folder = bench("asymmetric");
    fs::write(folder.join("asymmetric.yaml"), ASYMMETRIC).unwrap();
    let output = run(&folder, &["run", "tiny.toml", "--policy", "asymmetric.yaml", "--device", "cpu", "--out", "kept"]);
    ended(&output, 0);
    let kept: toml::Table = fs::read_to_string(folder.join("kept/experiment.toml")).unwrap().parse().unwrap();
    let (first, second) = (&kept["augment"], &kept["second"]);
    assert_eq!(first["jitter"]["saturation"].as_float(), Some(0.2));
    assert_eq!(first["crop"]["interpolation"].as_str(), Some("bicubic"));
    assert_eq!((first["blur"]["probability"].as_float(), first["solarize"]["probability"].as_float()), (Some(1.0), Some(0.0)));
    let expected: toml::Table = "[blur]\nprobability = 0.1\n[solarize]\nprobability = 0.2\n".parse().unwrap();
    assert_eq!(second.as_table(), Some(&expected), "only what differs is written");
}

#[test]
fn a_recipe_replaces_all_augmentations_and_settings_come_on_top() {
    let folder = bench("recipe");
    let given = ["--policy", "huang_ad", "--set", "second.blur.probability=0.5"];
    let output = run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--out", "kept"][..], &given].concat());
    ended(&output, 0);
    let kept: toml::Table = fs::read_to_string(folder.join("kept/experiment.toml")).unwrap().parse().unwrap();
    let share = |section: &str, card: &str| kept[section][card]["probability"].as_float();
    assert_eq!(
        (share("augment", "crop"), share("augment", "jitter"), share("augment", "flip")),
        (Some(1.0), Some(0.8), Some(0.0))
    );
    assert_eq!(share("second", "blur"), Some(0.5));
    let listed = out(&run(&folder, &["policies"]));
    assert!(listed.lines().any(|line| line.starts_with("huang_ad ") && line.contains("crop, colour jitter")), "{listed}");
}

#[test]
fn what_a_file_says_that_is_not_to_be_had_is_named() {
    let folder = bench("strange-policies");
    let refused = |name: &str, text: &str, words: &[&str]| {
        fs::write(folder.join(name), text).unwrap();
        let output = run(&folder, &["distance", "tiny.toml", "--policy", name]);
        ended(&output, 2);
        let said = err(&output);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    };
    let with = |from: &str, to: &str| ASYMMETRIC.replacen(from, to, 1);
    refused(
        "equal.yaml",
        &with("equalization: {prob: 0.0}", "equalization: {prob: 0.3}"),
        &["[0].equalization.prob", "must be 0"],
    );
    refused("strange.yaml", &with("grayscale: {prob: 0.2}", "greyscale: {prob: 0.2}"), &["[0].greyscale", "not known"]);
    refused("many.yaml", &with("num_crops: 1", "num_crops: 6"), &["num_crops", "more than two views"]);
    refused("short.yaml", &with(", hue: 0.1", ""), &["[0].color_jitter.hue", "missing"]);
    refused("range.yaml", &with("hue: 0.1", "hue: 0.9"), &["augment.jitter.hue", "0.5"]);
    refused("broken.yaml", "- rrc: {enabled: [", &["could not be read as YAML"]);
    refused("empty.yaml", "[]", &["holds no augmentations"]);
    let unknown = run(&folder, &["run", "tiny.toml", "--policy", "simclear"]);
    ended(&unknown, 2);
    assert!(err(&unknown).contains("huang_ad"), "{}", err(&unknown));
}

#[test]
fn distances_are_told_in_words_and_as_json() {
    let folder = bench("distances");
    let given = ["distance", "tiny.toml", "--per-class", "4", "--views", "4", "--classes", "0,2", "--policy", "huang_abcde"];
    let words = out(&run(&folder, &given));
    assert!(words.contains("8 images of 2 classes") && words.contains("1 - sigma"), "{words}");
    let output = run(&folder, &[&given[..], &["--json", "--deltas", "0,1.5,100"]].concat());
    ended(&output, 0);
    let told: Json = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((told["views"].as_u64(), told["images"].as_array().map(Vec::len)), (Some(4), Some(2)));
    let sigma: Vec<f64> = told["thresholds"].as_array().unwrap().iter().map(|at| at["sigma"][0].as_f64().unwrap()).collect();
    assert_eq!((sigma[0], sigma[2]), (0.25, 1.0), "nothing but itself at 0, everything at 100: {sigma:?}");
    assert!(told["within"].as_f64() < told["plain"].as_f64());
    assert_eq!((&told["between"], &told["thresholds"][0]["between"]), (&Json::Null, &Json::Null), "only if it is asked for");
    let output = run(&folder, &[&given[..], &["--between", "--json", "--deltas", "0,1.5,100"]].concat());
    ended(&output, 0);
    let between: Json = serde_json::from_str(&out(&output)).unwrap();
    assert!(between["between"].as_f64().is_some_and(|mean| mean > 0.0), "{between}");
    let merged: Vec<f64> = (0..3).map(|at| between["thresholds"][at]["between"].as_f64().unwrap()).collect();
    assert!(merged[0] == 0.0 && merged.is_sorted() && merged[2] == 1.0, "{merged:?}");
    assert_eq!(between["thresholds"][1]["sigma"], told["thresholds"][1]["sigma"], "within classes nothing changes");
    let words = out(&run(&folder, &[&given[..], &["--between"]].concat()));
    assert!(words.contains("mean distance between classes") && words.contains("unlike classes"), "{words}");
}

/// One image of a class has nothing to be far from.
#[test]
fn without_a_pair_there_is_no_mean_distance() {
    let folder = bench("no-pair");
    let given = ["distance", "tiny.toml", "--per-class", "1", "--views", "2"];
    let output = run(&folder, &given);
    ended(&output, 0);
    assert!(out(&output).contains("no pair") && !out(&output).contains("0.000 of"), "{}", out(&output));
    let output = run(&folder, &[&given[..], &["--json"]].concat());
    ended(&output, 0);
    let told: Json = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&told["plain"], &told["within"], &told["by_views"][0]["within"]), (&Json::Null, &Json::Null, &Json::Null));
}

#[test]
fn impossible_questions_about_distances_are_bad_usage() {
    let folder = bench("strange-distances");
    for (given, word) in [
        (&["--views", "0"][..], "views"),
        (&["--per-class", "0"], "per-class"),
        (&["--classes", "12"], "no class 12"),
        (&["--deltas", "nan"], "deltas"),
        (&["--set", "augment.crop.scale_min=0.9", "--set", "augment.crop.scale_max=0.5"], "scale_min"),
    ] {
        let output = run(&folder, &[&["distance", "tiny.toml"][..], given].concat());
        ended(&output, 2);
        assert!(err(&output).contains(word), "{given:?}: {}", err(&output));
    }
}
