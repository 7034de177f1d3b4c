//! Small archives for the tests, made in memory.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// One file of an archive: name and contents.
pub type File = (String, Vec<u8>);

/// A file of `count` records; the classes count up from `first`, and each image is filled with its class and position.
pub fn records(name: &str, labels: &[u8], count: usize, first: usize) -> File {
    let mut bytes = Vec::new();
    for index in first..first + count {
        bytes.extend(labels.iter().map(|&bound| (index % usize::from(bound)) as u8));
        bytes.extend((0..3072).map(|pixel| ((index * 7 + pixel) % 251) as u8));
    }
    (name.to_owned(), bytes)
}

/// The files of a small CIFAR-10: two batches, out of order, of 3 and 4 images, and 5 test ones.
pub fn ten() -> Vec<File> {
    vec![
        records("cifar-10-batches-bin/data_batch_2.bin", &[10], 4, 3),
        ("cifar-10-batches-bin/readme.html".to_owned(), b"<html></html>".to_vec()),
        records("cifar-10-batches-bin/data_batch_1.bin", &[10], 3, 0),
        records("cifar-10-batches-bin/test_batch.bin", &[10], 5, 100),
    ]
}

/// The files of a small CIFAR-100: 6 training images and 2 test ones.
pub fn hundred() -> Vec<File> {
    vec![records("cifar-100-binary/train.bin", &[20, 100], 6, 47), records("cifar-100-binary/test.bin", &[20, 100], 2, 3)]
}

/// A tar archive of files.
pub fn tar(files: &[File]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, contents.as_slice()).expect("a file in the archive");
    }
    builder.into_inner().expect("an archive")
}

/// A gzip file.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("compressed bytes");
    encoder.finish().expect("a gzip file")
}
