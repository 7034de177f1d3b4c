//! Exports the function that runs constructors, so that `main` can call it once.
//!
//! Where a program neither calls nor exports it, the linker calls it in every function that JavaScript can call.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family.contains("wasm")) {
        println!("cargo::rustc-link-arg-bins=--export=__wasm_call_ctors");
    }
}
