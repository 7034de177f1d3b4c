#!/usr/bin/env bash
# Is the source in order? Format, lints (native and wasm) and the unit tests that need no tensor library.
#
#   scripts/check.sh [--without-tests]
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$AUGSPHERE_ROOT"

say "Cargo.lock matches the manifests"
cargo metadata --locked --format-version 1 >/dev/null || fail "Cargo.lock is out of date or the crates cannot be reached." \
    "Without --locked a cargo build brings it up to date; commit the result."

say "format (cargo fmt)"
cargo fmt --all --check || fail "some files are not formatted." "Run: cargo fmt --all"

if command -v shellcheck >/dev/null 2>&1; then
    say "shell scripts (shellcheck)"
    shellcheck -x scripts/*.sh tests/peers/kit/run.sh .ci/run || fail "shellcheck found something, see above."
fi

say "lints, native (cargo clippy; several minutes from nothing, then seconds)"
cargo clippy --release --all-targets -- -D warnings || fail "clippy found something in the native crates, see above."
cargo clippy --release -p augsphere-app --all-targets -- -D warnings ||
    fail "clippy found something in the page's model and its tests, see above."

# The distribution's Rust comes without clippy.
wasm=(--profile web --target wasm32-unknown-unknown -p augsphere-app -p augsphere-worker)
if with_wasm_rust cargo clippy --version >/dev/null 2>&1; then
    say "lints, wasm (cargo clippy)"
    with_wasm_rust cargo clippy "${wasm[@]}" -- -D warnings || fail "clippy found something in the wasm crates, see above."
else
    say "wasm crates compile (cargo check; this Rust has no clippy for wasm)"
    with_wasm_rust cargo check "${wasm[@]}" || fail "the wasm crates do not compile, see above."
fi

if [ "${1:-}" != --without-tests ]; then
    say "unit tests of the small crates"
    cargo test --release --no-fail-fast -p augsphere-spec -p augsphere-charts -p augsphere-app ||
        fail "a unit test failed, see above."
fi
say "check passed in $SECONDS s"
