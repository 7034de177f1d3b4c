//! Are the official archives read as they are meant, however they come?

use super::choice;
use super::packing::{File, gzip, hundred, records, tar, ten};
use augsphere_engine::datasets::{DataError, Dataset, DroppedArchives, load};
use augsphere_spec::Value;
use std::path::{Path, PathBuf};

fn dropped(kind: &str, bytes: &[u8], knobs: &[(&str, Value)]) -> Dataset {
    let mut kept = DroppedArchives::default();
    assert_eq!(kept.insert("archive", bytes).expect("an archive").kind, kind);
    load(&choice(kind, knobs), 0, &kept).expect("a data set")
}

fn from_path(kind: &str, path: &Path, knobs: &[(&str, Value)]) -> Result<Dataset, DataError> {
    let mut all = vec![("path", Value::from(path.to_str().expect("a path")))];
    all.extend_from_slice(knobs);
    load(&choice(kind, &all), 0, &DroppedArchives::default())
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[File]) -> Self {
        let folder = std::env::temp_dir().join(format!("augsphere-{}-{name}", std::process::id()));
        for (name, contents) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, contents).expect("a file");
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn cifar10_is_read_in_the_order_of_its_batches() {
    for archive in [tar(&ten()), gzip(&tar(&ten()))] {
        let dataset = dropped("cifar10", &archive, &[]);
        assert!(dataset.train.labels.is_sorted() && dataset.validation.labels.is_sorted());
        let mut all = [dataset.train.labels.clone(), dataset.validation.labels.clone()].concat();
        all.sort_unstable();
        assert_eq!((all, dataset.validation.len()), ((0..7).collect(), 2));
        assert_eq!(dataset.test.labels, [0, 1, 2, 3, 4]);
        assert_eq!((dataset.train.side, dataset.train.stride()), (32, 3072));
        for images in [&dataset.train, &dataset.validation] {
            for (image, label) in images.iter().zip(&images.labels) {
                let right = |pixel: usize| (usize::from(*label) * 7 + pixel) % 251;
                assert!(image.iter().enumerate().all(|(pixel, &byte)| usize::from(byte) == right(pixel)));
            }
        }
        assert_eq!(dataset.classes[6], "frog");
        assert!(dataset.factors.is_empty());
    }
}

#[test]
fn cifar100_takes_the_fine_label() {
    let dataset = dropped("cifar100", &gzip(&tar(&hundred())), &[]);
    let mut all = [dataset.train.labels.clone(), dataset.validation.labels.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, [47, 48, 49, 50, 51, 52]);
    assert_eq!(dataset.train.image(0)[0], (usize::from(dataset.train.labels[0]) * 7 % 251) as u8);
    assert_eq!(dataset.classes.len(), 100);
    assert!(dataset.classes.is_sorted() && dataset.classes[47] == "maple_tree" && dataset.classes[99] == "worm");
}

#[test]
fn class_names_come_from_the_archive_if_they_are_complete() {
    let names = |text: &str| {
        let mut files = ten();
        files.push(("cifar-10-batches-bin/batches.meta.txt".to_owned(), text.as_bytes().to_vec()));
        dropped("cifar10", &tar(&files), &[]).classes
    };
    assert_eq!(names("a\r\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n"), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    assert_eq!(names("a\nb\n")[0], "airplane");
}

#[test]
fn caps_take_the_first_images_and_the_statistics_follow() {
    let all = dropped("cifar10", &tar(&ten()), &[]);
    let dataset = dropped("cifar10", &tar(&ten()), &[("train", Value::Int(3)), ("test", Value::Int(2))]);
    assert_eq!((dataset.train.labels.as_slice(), dataset.test.labels.as_slice()), (&all.train.labels[..3], &[0, 1][..]));
    assert_eq!(dataset.validation, all.validation, "what is set aside does not depend on how many are trained on");
    let red: Vec<f64> =
        (0..3).flat_map(|index| dataset.train.image(index)[..1024].iter().map(|&pixel| f64::from(pixel) / 255.0)).collect();
    assert!((red.iter().sum::<f64>() / red.len() as f64 - f64::from(dataset.mean[0])).abs() < 1e-6);
    let report = dataset.report();
    assert_eq!((report.train, report.validation, report.test, report.side, report.classes.names.len()), (3, 2, 2, 32, 10));
}

#[test]
fn archives_and_folders_are_found_by_path() {
    let mut files = ten();
    files.extend(hundred());
    let folder = Folder::new("paths", &files);
    let expected = dropped("cifar10", &tar(&ten()), &[]);
    for (name, bytes) in [("ten.tar", tar(&ten())), ("ten.tar.gz", gzip(&tar(&ten())))] {
        std::fs::write(folder.0.join(name), bytes).expect("a file");
        assert_eq!(from_path("cifar10", &folder.0.join(name), &[]).expect("an archive"), expected);
    }
    assert_eq!(from_path("cifar10", &folder.0.join("cifar-10-batches-bin"), &[]).expect("the folder"), expected);
    // The folder around both: the kind that was asked for is taken.
    assert_eq!(from_path("cifar10", &folder.0, &[]).expect("the folder around it"), expected);
    assert_eq!(from_path("cifar100", &folder.0, &[]).expect("the folder around it").train.len(), 4);
    let error = from_path("cifar100", &folder.0.join("ten.tar"), &[]).expect_err("the other archive");
    assert!(error.to_string().contains("found those of CIFAR-10"), "{error}");
}

/// A data root some folders above the files, whose names may be in capital letters; and where it looked if there are none.
#[test]
fn files_some_folders_below_are_found_whatever_their_case() {
    let expected = dropped("cifar10", &tar(&ten()), &[]);
    let deep: Vec<File> = ten().into_iter().map(|(name, contents)| (format!("data/{}", name.to_uppercase()), contents)).collect();
    let folder = Folder::new("deep", &deep);
    assert_eq!(from_path("cifar10", &folder.0, &[]).expect("two folders below"), expected);
    let error = from_path("cifar100", &folder.0, &[]).expect_err("another data set");
    assert!(error.to_string().contains("CIFAR-10"), "{error}");
    let buried: Vec<File> = ten().into_iter().map(|(name, contents)| (format!("a/b/c/d/{name}"), contents)).collect();
    let folder = Folder::new("buried", &buried);
    let error = from_path("cifar10", &folder.0, &[]).expect_err("too deep");
    assert!(error.to_string().contains("no files") && error.location().contains("3 deep"), "{error}");
}

#[test]
fn long_names_and_split_gzip_files_are_understood() {
    let deep = "a-folder-with-a-long-name/".repeat(12);
    let files: Vec<File> = ten().into_iter().map(|(name, contents)| (format!("{deep}{name}"), contents)).collect();
    assert_eq!(dropped("cifar10", &tar(&files), &[]).train.len(), 5);
    let whole = tar(&ten());
    let (one, other) = whole.split_at(10_000);
    assert_eq!(dropped("cifar10", &[gzip(one), gzip(other)].concat(), &[]).train.len(), 5);
    // A pax header with a comment and the name, as bsdtar writes it.
    let mut builder = tar::Builder::new(Vec::new());
    for (name, contents) in ten() {
        let extensions = [("comment", b"x".as_slice()), ("path", name.as_bytes())];
        builder.append_pax_extensions(extensions).expect("a pax header");
        let mut header = tar::Header::new_ustar();
        header.set_size(contents.len() as u64);
        builder.append_data(&mut header, "shortened", contents.as_slice()).expect("a file");
    }
    assert_eq!(dropped("cifar10", &builder.into_inner().expect("an archive"), &[]).train.len(), 5);
}

#[test]
fn a_kept_archive_is_replaced_by_a_good_one_only() {
    let mut kept = DroppedArchives::default();
    kept.insert("ten", &tar(&ten())).expect("an archive");
    kept.insert("hundred", &tar(&hundred())).expect("an archive");
    kept.insert("photo.png", b"\x89PNG\r\n\x1a\n").expect_err("a picture");
    assert_eq!(kept.kinds().collect::<Vec<_>>(), ["cifar10", "cifar100"]);
    assert_eq!(load(&choice("cifar10", &[]), 0, &kept).expect("a data set").len(), 12);
    let mut files = ten();
    files.push(records("data_batch_3.bin", &[10], 1, 9));
    let report = kept.insert("ten", &tar(&files)).expect("an archive");
    assert_eq!((report.train, report.validation, report.test), (6, 2, 5));
    assert!(report.title.contains("CIFAR-10") && report.title.contains('6'));
    let dataset = load(&choice("cifar10", &[]), 0, &kept).expect("a data set");
    let mut all = [dataset.train.labels, dataset.validation.labels].concat();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3, 4, 5, 6, 9]);
}

/// Other seeds set other images aside: at most a tenth, and those are never trained on.
#[test]
fn the_seed_chooses_what_is_set_aside() {
    let many = vec![records("data_batch_1.bin", &[10], 90, 0), records("test_batch.bin", &[10], 5, 100)];
    let mut kept = DroppedArchives::default();
    kept.insert("ten", &tar(&many)).expect("an archive");
    let of = |seed: u64, validation: i64| {
        load(&choice("cifar10", &[("validation", Value::Int(validation))]), seed, &kept).expect("a data set")
    };
    let (one, other) = (of(1, 5000), of(2, 5000));
    assert_eq!((one.train.len(), one.validation.len()), (81, 9));
    assert_ne!(one.validation, other.validation);
    assert_eq!(one, of(1, 5000), "the same seed, the same images");
    assert!(one.validation.iter().all(|image| one.train.iter().all(|other| other != image)));
    assert_eq!(of(1, 4).validation.len(), 4);
}

/// The sample lies beside the project on some machines; elsewhere this test has nothing to do.
#[test]
fn the_real_sample_is_read() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cifar-10-sample-binary.tar.gz");
    let path = std::env::var_os("AUGSPHERE_CIFAR").map_or(beside, PathBuf::from);
    if !path.exists() {
        eprintln!("skipped: no {} (AUGSPHERE_CIFAR names another)", path.display());
        return;
    }
    let dataset = from_path("cifar10", &path, &[("train", Value::Int(4000))]).expect("the sample");
    assert_eq!((dataset.train.len(), dataset.validation.len(), dataset.test.len()), (4000, 806, 1017));
    assert_eq!(dataset.classes[0], "airplane");
    // The means and deviations of all of CIFAR-10 are known: .491 .482 .447 and .247 .243 .262.
    for (found, known) in dataset.mean.iter().chain(&dataset.deviation).zip([0.491, 0.482, 0.447, 0.247, 0.243, 0.262]) {
        assert!((found - known).abs() < 0.02, "{:?} {:?}", dataset.mean, dataset.deviation);
    }
}
