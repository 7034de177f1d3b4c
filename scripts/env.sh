# shellcheck shell=bash
# Which folders and which Rust do the scripts use? Sourced by all of them; safe to source by hand.
#
#   AUGSPHERE_CACHE    tools and build outputs that are not part of the project  (default ~/.cache/augsphere)
#   CARGO_TARGET_DIR   where cargo builds                                        (default $AUGSPHERE_CACHE/target)

AUGSPHERE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
AUGSPHERE_CACHE="${AUGSPHERE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/augsphere}"
AUGSPHERE_TOOLS="$AUGSPHERE_CACHE/tools"
AUGSPHERE_LOGS="$AUGSPHERE_CACHE/logs"
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$AUGSPHERE_CACHE/target}"
export AUGSPHERE_ROOT AUGSPHERE_CACHE AUGSPHERE_TOOLS AUGSPHERE_LOGS CARGO_TARGET_DIR

case ":$PATH:" in
    *":$AUGSPHERE_TOOLS/bin:"*) ;;
    *) PATH="$AUGSPHERE_TOOLS/bin:$PATH" ;;
esac
# rustup's usual place, for shells that were opened before Rust was installed.
if ! command -v cargo >/dev/null 2>&1 && [ -x "$HOME/.cargo/bin/cargo" ]; then
    PATH="$PATH:$HOME/.cargo/bin"
fi
export PATH

# These would replace the flags of .cargo/config.toml and start a second build of everything.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET

# Runs a command with the Rust that has the wasm32 target: the usual one, or the distribution's, which
# scripts/setup.sh links as the rustup toolchain `web` where the target cannot be downloaded.
with_wasm_rust() {
    local toolchain=""
    [ ! -r "$AUGSPHERE_TOOLS/wasm-toolchain" ] || read -r toolchain <"$AUGSPHERE_TOOLS/wasm-toolchain"
    if [ "$toolchain" = web ]; then
        RUSTUP_TOOLCHAIN=web "$@"
    else
        "$@"
    fi
}

say() { printf '%s\n' "augsphere: $*" >&2; }

# Says what failed and what to do next, then ends the script.
fail() {
    printf '%s\n' "augsphere: FAILED: $1" >&2
    shift
    local line
    for line in "$@"; do printf '%s\n' "           $line" >&2; done
    exit 1
}

# The version of a package that Cargo.lock holds.
locked_version() {
    awk -v want="name = \"$1\"" '$0 == want { getline; gsub(/version = |"/, ""); print; exit }' "$AUGSPHERE_ROOT/Cargo.lock"
}

# Several checkouts may share one target folder, and cargo tells their crates apart by the age of their files only: what
# one checkout has built last would pass for the newer files of another. So a change of checkout makes the sources new.
own_target() {
    local stamp="$CARGO_TARGET_DIR/augsphere-checkout"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$AUGSPHERE_ROOT" ]; then return 0; fi
    mkdir -p "$CARGO_TARGET_DIR"
    (cd "$AUGSPHERE_ROOT" && find app engine assets -type f \( -name '*.rs' -o -name '*.wgsl' -o -name '*.toml' -o -name '*.json' \) -exec touch {} +)
    printf '%s\n' "$AUGSPHERE_ROOT" >"$stamp"
}
own_target
