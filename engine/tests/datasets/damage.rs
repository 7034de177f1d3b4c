//! Does every wrong, damaged or hostile file end in words instead of a panic?

use super::choice;
use super::packing::{File, gzip, hundred, records, tar, ten};
use augsphere_engine::datasets::{DataError, DroppedArchives, load};
use augsphere_engine::random::{Purpose, RngExt, stream};

fn refused(name: &str, bytes: &[u8]) -> DataError {
    DroppedArchives::default().insert(name, bytes).expect_err("a refusal")
}

fn says(name: &str, bytes: &[u8], words: &str) {
    let error = refused(name, bytes);
    let text = error.to_string();
    assert!(text.contains("expected") && text.contains("found") && text.contains(words), "{name}: {text:?} without {words:?}");
    assert!(error.location().starts_with(name) && error.remedy().len() > 20, "{error:?}");
}

/// CIFAR-10 with one of its files replaced.
fn with(name: &str, contents: Vec<u8>) -> Vec<u8> {
    let replace = |(path, old): File| if path.ends_with(name) { (path, contents.clone()) } else { (path, old) };
    tar(&ten().into_iter().map(replace).collect::<Vec<_>>())
}

/// CIFAR-10 without one of its files.
fn without(name: &str) -> Vec<u8> {
    tar(&ten().into_iter().filter(|(path, _)| !path.ends_with(name)).collect::<Vec<_>>())
}

#[test]
fn foreign_files_are_named() {
    says("photo.png", b"\x89PNG\r\n\x1a\n and so on", "a PNG image");
    says("data.zip", b"PK\x03\x04 and so on", "a zip file");
    says("page.tar.gz", b"<!DOCTYPE html><html>", "a web page");
    says("notes.txt", b"just some words", "a text file");
    says("empty.tar.gz", b"", "an empty file");
    says("empty.tar.gz", &gzip(b""), "a gzip file with nothing in it");
    says("notes.gz", &gzip(b"just some words"), "a text file");
    says("zeros.tar", &[0; 4096], "nothing but zeros");
    says("noise", &[0xde, 0xad, 0xbe, 0xef, 0x00], "de ad be ef");
    says("data_batch_1.bin", &records("", &[10], 2, 0).1, "a single file of records");
    says("batch", b"\x80\x02}q\x01(U", "a Python pickle");
    says("other.tar", &tar(&[("a/b.txt".into(), vec![1]), ("c".into(), vec![])]), "others: b.txt, c");
    says("python.tar.gz", &gzip(&tar(&[("cifar-10-batches-py/data_batch_1".into(), vec![1])])), "the Python or MATLAB version");
    says("both.tar", &tar(&[ten(), hundred()].concat()), "those of CIFAR-10 and CIFAR-100");
}

#[test]
fn wrong_contents_are_named_with_their_file() {
    let place = |bytes: &[u8]| refused("ten.tar", bytes).location().to_owned();
    let batch = |size: usize| with("data_batch_1.bin", vec![0; size]);
    says("ten.tar", &batch(0), "found an empty file");
    says("ten.tar", &batch(3072), "1 to 10000 records of 3073 bytes (1 label and 3072 pixel bytes), found 3072 bytes");
    says("ten.tar", &batch(10_001 * 3073), "found 30733073 bytes");
    assert_eq!(place(&batch(0)), "ten.tar: cifar-10-batches-bin/data_batch_1.bin");
    let mut mislabelled = records("", &[10], 3, 0).1;
    mislabelled[2 * 3073] = 10;
    says("ten.tar", &with("data_batch_1.bin", mislabelled), "expected labels from 0 to 9, found the label 10 in record 3");
    let coarse = tar(&[records("train.bin", &[21, 100], 21, 0), records("test.bin", &[20, 100], 1, 0)]);
    says("hundred.tar", &coarse, "expected labels from 0 to 19, found the label 20 in record 21");
    says("ten.tar", &without("test_batch.bin"), "test images in test_batch.bin, found only training ones");
    let test_only = tar(&[records("test_batch.bin", &[10], 1, 0)]);
    says("ten.tar", &test_only, "data_batch_5.bin, found only test ones");
    says("ten.tar", &tar(&[ten(), ten()].concat()), "one file called data_batch_2.bin, found a second one");
}

#[test]
fn zip_bombs_are_refused_early() {
    // Forty times the same 16 MiB of zeros, squeezed into 16 KiB each: 640 MiB in all.
    let zeros = gzip(&vec![0; 16 << 20]);
    let mut header = tar::Header::new_gnu();
    header.set_path("filler").expect("a name");
    header.set_size(1 << 40);
    header.set_cksum();
    let bomb = [gzip(header.as_bytes()), zeros.repeat(40)].concat();
    assert!(bomb.len() < 4 << 20);
    assert!(matches!(refused("bomb.tar.gz", &bomb), DataError::TooLarge { .. }));
    // The same under a wanted name, and as a name: refused by the announced size.
    for (name, kind) in
        [("test_batch.bin", tar::EntryType::Regular), ("x", tar::EntryType::GNULongName), ("x", tar::EntryType::XHeader)]
    {
        header.set_path(name).expect("a name");
        header.set_entry_type(kind);
        header.set_cksum();
        refused("bomb.tar.gz", &[gzip(header.as_bytes()), zeros.clone()].concat());
    }
    header.set_size(u64::MAX);
    header.set_cksum();
    refused("bomb.tar", header.as_bytes());
}

#[test]
fn no_cut_passes_for_a_whole_archive() {
    let whole = tar(&ten());
    let packed = gzip(&whole);
    for length in (0..packed.len()).step_by(97).chain(packed.len() - 40..packed.len()) {
        refused("ten.tar.gz", &packed[..length]);
    }
    says("ten.tar.gz", &packed[..packed.len() / 2], "found the end of the file");
    says("ten.tar", &whole[..5000], "4 records of 3073 bytes, of which 1 came, found the end of the file");
    // The last 1024 bytes are two blocks of zeros, of which one suffices.
    let end = whole.len() - 1024;
    let boundaries = (0..=end).step_by(512).filter(|&length| !whole[length..].iter().all(|&byte| byte == 0) || length == end);
    for length in (0..end).step_by(211).chain(boundaries).chain(end - 40..end + 511) {
        refused("ten.tar", &whole[..length]);
    }
    DroppedArchives::default().insert("ten.tar", &whole[..end + 512]).expect("one block of zeros");
}

#[test]
fn changed_bytes_never_panic_and_never_pass_a_checksum() {
    let mut source = stream(0, Purpose::SelfTest, 1);
    let whole = tar(&ten());
    let packed = gzip(&whole);
    let mut kept = DroppedArchives::default();
    kept.insert("ten.tar.gz", &packed).expect("an archive");
    let intact = load(&choice("cifar10", &[]), 0, &kept).expect("a data set");
    let mut passed = 0;
    for _ in 0..400 {
        let mut bytes = packed.clone();
        // The gzip header (10 bytes) holds a time and a system that nothing checks.
        let place = 10 + source.below(bytes.len() as u32 - 10) as usize;
        bytes[place] ^= 1 << source.below(8);
        let mut kept = DroppedArchives::default();
        // A few bits of a compressed stream mean nothing; with any other one the checksum is wrong.
        if kept.insert("ten.tar.gz", &bytes).is_ok() {
            passed += 1;
            assert_eq!(load(&choice("cifar10", &[]), 0, &kept).expect("a data set"), intact);
        }
    }
    assert!(passed < 20, "{passed}");
    // Headers with a right checksum and random fields: what a hostile archive would hold.
    let headers: Vec<usize> = (0..whole.len()).step_by(512).filter(|&at| &whole[at + 257..at + 262] == b"ustar").collect();
    assert_eq!(headers.len(), 4);
    for _ in 0..4000 {
        let mut bytes = whole.clone();
        let at = headers[source.below(4) as usize];
        for _ in 0..=source.below(6) {
            let field = [source.below(512), 124 + source.below(12), 156][source.below(3) as usize] as usize;
            bytes[at + field] = source.below(256) as u8;
        }
        let mut header = tar::Header::from_byte_slice(&bytes[at..at + 512]).clone();
        header.set_cksum();
        bytes[at..at + 512].copy_from_slice(header.as_bytes());
        // Some of these are still right (a mode, an owner): all that is asked is an answer.
        let _answer = DroppedArchives::default().insert("ten.tar", &bytes);
    }
}

#[test]
fn noise_never_panics() {
    let mut source = stream(0, Purpose::SelfTest, 2);
    for round in 0..2000 {
        let mut bytes: Vec<u8> = (0..source.below(3000)).map(|_| source.below(256) as u8).collect();
        if round % 2 == 0 && bytes.len() > 10 {
            bytes[..4].copy_from_slice(&[0x1f, 0x8b, 8, 0]);
        }
        refused("noise", &bytes);
    }
}
