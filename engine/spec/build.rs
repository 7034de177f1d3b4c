//! Writes the fingerprint of the messages: a hash (FNV-1a) of this crate's sources.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=src");
    let mut files: Vec<_> =
        fs::read_dir("src").expect("cargo runs this in the crate's folder").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let bytes = files.iter().flat_map(|file| fs::read(file).expect("a source of this crate can be read"));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let out = env::var_os("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("protocol.rs"), hash.to_string()).expect("cargo's folder can be written");
}
