//! Leaves the names of functions out of the program: they are two fifths of it, and nobody who runs it needs them.
//!
//! Not `strip` in the profile: that is a setting of every crate, and would build all of them anew.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
}
