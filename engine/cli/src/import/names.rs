//! The names that other programs give to the weights of an encoder: torchvision's, which solo-learn and most published checkpoints share, with
//! whatever stands before them, and our own.

use safetensors::tensor::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet};

/// The weights of a file that are an encoder's.
pub struct Matched {
    /// Our name, and that in the file.
    pub found: Vec<(String, String)>,
    /// Names of the file that are no part of the encoder.
    pub left_out: Vec<String>,
}

/// What a weight of ours is called elsewhere, the likeliest first.
fn names(ours: &str) -> Vec<String> {
    let bare = ours.strip_prefix("encoder.").unwrap_or(ours);
    let mut names = vec![bare.to_owned()];
    let (layer, rest) =
        match bare.split_once(".conv.").map(|parts| (parts, "conv")).or(bare.split_once(".norm.").map(|parts| (parts, "norm"))) {
            Some(((layer, rest), kind)) => (layer.to_owned(), (kind, rest.to_owned())),
            None => return names,
        };
    let (kind, rest) = rest;
    let theirs = |number: usize| format!("{}{number}", if kind == "conv" { "conv" } else { "bn" });
    let (block, part) = layer.rsplit_once('.').map_or(("", layer.as_str()), |(block, part)| (block, part));
    match part {
        "stem" => names.push(format!("{}.{rest}", theirs(1))),
        "first" => names.push(format!("{block}.{}.{rest}", theirs(1))),
        "second" => names.push(format!("{block}.{}.{rest}", theirs(2))),
        "shortcut" => {
            let place = if kind == "conv" { 0 } else { 1 };
            names.extend(["downsample", "shortcut"].map(|word| format!("{block}.{word}.{place}.{rest}")));
        }
        _ => {}
    }
    names
}

/// The number of output channels of the first convolution, if one is called as torchvision's, or ours.
pub fn width(file: &SafeTensors<'_>) -> Option<usize> {
    let stem = |name: &&str| ["conv1.weight", "stem.conv.weight"].iter().any(|stem| prefix(name, stem).is_some());
    let mut stems: Vec<&str> = file.names().into_iter().filter(stem).collect();
    // `layer1.0.conv1.weight` ends alike, and is longer.
    stems.sort_by_key(|name| (name.contains("layer"), name.len()));
    file.tensor(stems.first()?).ok()?.shape().first().copied()
}

/// What stands before `name` in `whole`, if that ends in it: nothing, or something with a point after it.
fn prefix<'a>(whole: &'a str, name: &str) -> Option<&'a str> {
    whole.strip_suffix(name).filter(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

/// Finds all weights of an encoder in a file, under one and the same prefix.
///
/// # Errors
/// Lines that say what is missing or of another shape.
pub fn matched(wanted: &[(String, Vec<usize>)], file: &SafeTensors<'_>) -> Result<Matched, String> {
    let there: BTreeMap<&str, _> = file.iter().collect();
    let mut prefixes: BTreeSet<&str> = BTreeSet::from([""]);
    if let Some((first, _)) = wanted.first() {
        let firsts = names(first);
        prefixes.extend(there.keys().flat_map(|name| firsts.iter().filter_map(|first| prefix(name, first))));
    }
    let find = |prefix: &str, ours: &str| {
        names(ours).into_iter().map(|name| format!("{prefix}{name}")).find(|name| there.contains_key(name.as_str()))
    };
    let count = |prefix: &&str| wanted.iter().filter(|(ours, _)| find(prefix, ours).is_some()).count();
    // Of equal ones the shortest: `backbone.` before `momentum_backbone.`.
    let best = prefixes.into_iter().max_by_key(|prefix| (count(prefix), usize::MAX - prefix.len())).unwrap_or_default();
    let (mut found, mut lines) = (Vec::new(), Vec::new());
    for (ours, shape) in wanted {
        let Some(theirs) = find(best, ours) else {
            lines.push(format!("  {ours} is missing (looked for {})", names(ours).join(", ")));
            continue;
        };
        match there.get(theirs.as_str()) {
            Some(tensor) if tensor.dtype() != Dtype::F32 => {
                lines.push(format!("  {theirs} is {:?}, and 32-bit floats are wanted", tensor.dtype()));
            }
            Some(tensor) if tensor.shape() != shape.as_slice() => {
                let why = if tensor.shape().ends_with(&[7, 7]) {
                    ": this encoder is for small images, with a 3x3 stem and no max-pool"
                } else {
                    ""
                };
                lines.push(format!("  {theirs} is {:?} there, and {ours} {shape:?} here{why}", tensor.shape()));
            }
            _ => found.push((ours.clone(), theirs)),
        }
    }
    let used: BTreeSet<&str> = found.iter().map(|(_, theirs)| theirs.as_str()).collect();
    let left_out: Vec<String> = there.keys().filter(|name| !used.contains(*name)).map(|name| (*name).to_owned()).collect();
    if lines.is_empty() {
        return Ok(Matched { found, left_out });
    }
    let unused = if left_out.is_empty() { "nothing".into() } else { left_out.join(", ") };
    lines.push(format!("  what else the file holds: {unused}"));
    Err(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    /// A file of zeros with these names and shapes.
    fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
        let sized = |shape: &[usize]| vec![0; 4 * shape.iter().product::<usize>()];
        let bytes: Vec<Vec<u8>> = tensors.iter().map(|(_, shape)| sized(shape)).collect();
        let view = |((name, shape), bytes): (&(&str, &[usize]), &'_ Vec<u8>)| ((*name).to_owned(), shape.to_vec(), bytes.clone());
        let owned: Vec<_> = tensors.iter().zip(&bytes).map(view).collect();
        let views =
            owned.iter().map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor")));
        safetensors::serialize(views, None).expect("a file")
    }

    fn wanted() -> Vec<(String, Vec<usize>)> {
        let form = |name: &str, shape: &[usize]| (name.to_owned(), shape.to_vec());
        vec![
            form("encoder.stem.conv.weight", &[8, 3, 3, 3]),
            form("encoder.stem.norm.running_var", &[8]),
            form("encoder.layer2.0.first.conv.weight", &[16, 8, 3, 3]),
            form("encoder.layer2.0.shortcut.norm.bias", &[16]),
        ]
    }

    #[test]
    fn torchvisions_names_are_found_under_whatever_prefix() {
        for (prefix, downsample) in [("", "downsample"), ("backbone.", "downsample"), ("module.encoder_q.", "shortcut")] {
            let named = |name: &str| format!("{prefix}{name}");
            let names = [
                named("conv1.weight"),
                named("bn1.running_var"),
                named("layer2.0.conv1.weight"),
                named(&format!("layer2.0.{downsample}.1.bias")),
            ];
            let shapes: [&[usize]; 4] = [&[8, 3, 3, 3], &[8], &[16, 8, 3, 3], &[16]];
            let mut tensors: Vec<(&str, &[usize])> = names.iter().map(String::as_str).zip(shapes).collect();
            tensors.push(("fc.weight", &[10, 16]));
            let bytes = file(&tensors);
            let read = SafeTensors::deserialize(&bytes).expect("a file");
            let Matched { found, left_out } = matched(&wanted(), &read).unwrap_or_else(|lines| panic!("{lines}"));
            assert_eq!(found[2], ("encoder.layer2.0.first.conv.weight".into(), names[2].clone()));
            assert_eq!((found.len(), left_out), (4, vec!["fc.weight".to_owned()]));
            assert_eq!(width(&read), Some(8));
        }
    }

    #[test]
    fn our_own_names_are_found_too() {
        let bytes = file(&wanted().iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect::<Vec<_>>());
        let read = SafeTensors::deserialize(&bytes).expect("a file");
        assert_eq!(matched(&wanted(), &read).map(|matched| matched.found.len()), Ok(4));
    }

    #[test]
    fn the_encoder_comes_before_its_momentum_copy() {
        let both: Vec<String> = ["backbone.", "momentum_backbone."]
            .iter()
            .flat_map(|prefix| {
                ["conv1.weight", "bn1.running_var", "layer2.0.conv1.weight", "layer2.0.downsample.1.bias"]
                    .map(|name| format!("{prefix}{name}"))
            })
            .collect();
        let shapes: [&[usize]; 4] = [&[8, 3, 3, 3], &[8], &[16, 8, 3, 3], &[16]];
        let bytes = file(&both.iter().map(String::as_str).zip(shapes.into_iter().cycle()).collect::<Vec<_>>());
        let read = SafeTensors::deserialize(&bytes).expect("a file");
        let matched = matched(&wanted(), &read).unwrap_or_else(|lines| panic!("{lines}"));
        assert!(matched.found.iter().all(|(_, theirs)| theirs.starts_with("backbone.")), "{:?}", matched.found);
        assert!(matched.left_out.iter().all(|name| name.starts_with("momentum_backbone.")), "{:?}", matched.left_out);
    }

    #[test]
    fn everything_that_does_not_fit_is_named() {
        let bytes = file(&[("conv1.weight", &[8, 3, 7, 7]), ("bn1.running_var", &[8]), ("head.weight", &[2])]);
        let read = SafeTensors::deserialize(&bytes).expect("a file");
        let lines = matched(&wanted(), &read).err().unwrap_or_default();
        for part in [
            "conv1.weight is [8, 3, 7, 7] there",
            "3x3 stem",
            "layer2.0.first.conv.weight is missing",
            "layer2.0.downsample.1.bias",
            "head.weight",
        ] {
            assert!(lines.contains(part), "{part}: {lines}");
        }
    }
}
