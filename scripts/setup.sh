#!/usr/bin/env bash
# What does this machine still lack to build, test or measure the project? Installs it, asking nothing.
#
#   scripts/setup.sh [native] [check] [page] [small] [test] [bench]   (default: page)
#
#   native   Rust and a C compiler
#   check    native, rustfmt, clippy, the wasm32 target
#   page     native, the wasm32 target, wasm-bindgen, trunk, python3
#   small    page, and wasm-opt, which takes 4 % off the download (8 min of compiling)
#   test     check, page, Node, Chromium, Firefox, a software Vulkan driver, the Node packages of tests/browser
#   bench    test, and what scripts/bench.sh needs to install the libraries it compares with
#
# A second run looks, finds everything and ends in under a second. Nothing is written into the checkout except
# node_modules below tests/. trunk and wasm-bindgen are downloaded where scripts/prebuilt.txt knows what their releases
# must contain, and compiled otherwise. They go to $AUGSPHERE_CACHE/tools (default ~/.cache/augsphere/tools).
#
#   AUGSPHERE_DOWNLOADS   a mirror with the same folders for those downloads   (default https://github.com)
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly TRUNK_VERSION=0.21.14
# Older releases break modules that hold externref tables (Debian 12 ships 108).
readonly WASM_OPT_OLDEST=116
readonly WASM_OPT_CRATE=0.116.1
readonly PREBUILT="$AUGSPHERE_ROOT/scripts/prebuilt.txt"
readonly DOWNLOAD_SECONDS=60
readonly DEBIAN_RUST=(rustc-web cargo-web rust-web-src rust-web-llvm libstd-rust-web-dev lld-22)

mkdir -p "$AUGSPHERE_TOOLS/bin" "$AUGSPHERE_LOGS"
started=$SECONDS
worked=false

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a long step with its output in a log; shows the end of the log when the step fails.
# step LOG DESCRIPTION COMMAND...
step() {
    local log="$AUGSPHERE_LOGS/$1" what="$2" from=$SECONDS
    shift 2
    worked=true
    say "$what ..."
    if "$@" >"$log" 2>&1 </dev/null; then
        say "  done in $((SECONDS - from)) s"
        return 0
    fi
    say "  did not work after $((SECONDS - from)) s; the end of $log:"
    tail -n 15 "$log" | sed 's/^/             /' >&2
    return 1
}

# within SECONDS COMMAND...: with a time limit where the system can set one.
within() {
    local limit="$1"
    shift
    if have timeout; then timeout "$limit" "$@"; else "$@"; fi
}

# ---------------------------------------------------------------- Debian packages

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 126
    fi
}

can_apt() { have apt-get && have dpkg-query && as_root true 2>/dev/null; }

lacking_packages() {
    local package
    for package in "$@"; do
        case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
            ii*) ;;
            *) printf '%s\n' "$package" ;;
        esac
    done
}

apt_install_now() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 \
        install -y --no-install-recommends "$@"
}

apt_lists_fresh=false
apt_refresh() {
    $apt_lists_fresh && return 0
    step apt-update.log "reading the package lists (apt-get update, about 10 s)" \
        as_root apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 update || return 1
    apt_lists_fresh=true
}

# apt_install WHY PACKAGE...: true when all are installed afterwards.
apt_install() {
    local why="$1" lacking
    shift
    mapfile -t lacking < <(lacking_packages "$@")
    [ "${#lacking[@]}" -gt 0 ] || return 0
    apt_refresh || true
    step apt-install.log "installing ${lacking[*]} for $why (apt-get, 10 to 60 s)" apt_install_now "${lacking[@]}"
}

# Ends the script with the command a person can type.
no_apt() {
    local what="$1"
    shift
    fail "$what is missing and could not be installed." \
        "On Debian or Ubuntu, as root:  apt-get update && apt-get install --no-install-recommends $*" \
        "On another system install the package of the same purpose, then run this again." \
        "If apt-get itself failed, its messages are in $AUGSPHERE_LOGS/apt-install.log; check the network."
}

# ensure_command COMMAND WHY PACKAGE...
ensure_command() {
    local command="$1" why="$2"
    shift 2
    have "$command" && return 0
    { can_apt && apt_install "$why" "$@" && have "$command"; } || no_apt "$command (for $why)" "$@"
}

# ---------------------------------------------------------------- Rust

oldest_rust() { awk -F'"' '/^rust-version/ { print $2; exit }' "$AUGSPHERE_ROOT/Cargo.toml"; }
new_enough() { printf '%s\n%s\n' "$(oldest_rust)" "$1" | sort -V -C; }

setup_native() {
    if ! have cargo || ! have rustc; then
        fail "Rust is missing." "Install it with rustup (https://rustup.rs), open a new shell and run this again."
    fi
    local found
    found="$(rustc --version | awk '{ print $2 }')"
    new_enough "$found" || fail "Rust $found is older than the $(oldest_rust) this project needs." \
        "With rustup: rustup update stable"
    ensure_command cc "linking Rust programs" gcc libc6-dev
}

has_wasm_std() { compgen -G "$1/lib/rustlib/wasm32-unknown-unknown/lib/libstd[-.]*rlib" >/dev/null; }

record_toolchain() { printf '%s\n' "$1" >"$AUGSPHERE_TOOLS/wasm-toolchain"; }

setup_wasm_target() {
    local recorded="" sysroot
    [ ! -r "$AUGSPHERE_TOOLS/wasm-toolchain" ] || read -r recorded <"$AUGSPHERE_TOOLS/wasm-toolchain"
    if [ "$recorded" = web ] && has_wasm_std /usr && [ -e "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/web" ]; then
        return 0
    fi
    sysroot="$(cd "$AUGSPHERE_ROOT" && rustc --print sysroot)"
    if has_wasm_std "$sysroot"; then
        record_toolchain default
        return 0
    fi
    if have rustup && rustup_target; then
        record_toolchain default
    elif debian_target; then
        record_toolchain web
    else
        fail "the Rust target wasm32-unknown-unknown could not be installed." \
            "With a network that reaches rustup's server:  rustup target add wasm32-unknown-unknown" \
            "Without one, on Debian 12 or newer as root with rustup present, this script builds it from" \
            "  ${DEBIAN_RUST[*]}" \
            "Logs: $AUGSPHERE_LOGS/rustup-target.log, sysroot.log, apt-install.log. Then run this again."
    fi
}

# A download of 25 MB where rustup's server can be reached. Where it cannot, rustup waits for a long time, so it
# gets little time if the distribution offers another way.
rustup_target() {
    local limit="${AUGSPHERE_RUSTUP_SECONDS:-}"
    if [ -z "$limit" ]; then
        if can_apt; then limit=40; else limit=600; fi
    fi
    step rustup-target.log "adding the Rust target wasm32-unknown-unknown (rustup, usually 10 s, at most $limit s)" \
        within "$limit" rustup target add wasm32-unknown-unknown
}

# The distribution's own rustc comes with the source of its standard library, from which the target is built.
debian_target() {
    have rustup || { say "  without rustup the distribution's Rust cannot be linked as a toolchain"; return 1; }
    can_apt || { say "  the other way needs apt-get and root (or sudo without a password)"; return 1; }
    say "the target cannot be downloaded here; building it from the distribution's Rust instead (about 90 s)"
    apt_install "the wasm32 target" "${DEBIAN_RUST[@]}" || return 1
    new_enough "$(/usr/bin/rustc --version | awk '{ print $2 }')" || {
        say "  the distribution's Rust is too old: $(/usr/bin/rustc --version)"
        return 1
    }
    if ! has_wasm_std /usr; then
        step sysroot.log "compiling the standard library for wasm32 (about 50 s)" build_sysroot || return 1
    fi
    if [ ! -e "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/web" ]; then
        step rustup-link.log "linking the distribution's Rust as the rustup toolchain 'web'" \
            rustup toolchain link web /usr || return 1
    fi
    has_wasm_std /usr
}

# Every command is chained: `set -e` does not reach into a function that stands in a condition.
build_sysroot() (
    scratch="$(mktemp -d "$AUGSPHERE_CACHE/sysroot.XXXXXX")" || exit 1
    trap 'rm -rf "$scratch"' EXIT
    target=/usr/lib/rustlib/wasm32-unknown-unknown/lib
    cp -rL /usr/lib/rustlib/src/rust/library "$scratch/library" &&
        cd "$scratch/library" &&
        RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR="$scratch/target" \
            RUSTFLAGS="-Cembed-bitcode=yes -Zforce-unstable-if-unmarked -Cdebuginfo=0" \
            /usr/bin/cargo build --release --manifest-path sysroot/Cargo.toml \
            --target wasm32-unknown-unknown --features "compiler-builtins-mem backtrace" &&
        as_root install -d "$target" &&
        as_root install -m 644 "$scratch"/target/wasm32-unknown-unknown/release/deps/*.rlib "$target"
)

# ---------------------------------------------------------------- tools that are downloaded, or else compiled

tool_version() { "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1 || true; }

digest() { if have sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi 2>/dev/null | cut -d ' ' -f 1 || true; }

# download ADDRESS FILE: waits only a little for a network that is not there.
download() {
    if have curl; then
        curl -fsSL --connect-timeout 5 --speed-time 10 --speed-limit 1000 --max-time "$DOWNLOAD_SECONDS" -o "$2" "$1"
    elif have wget; then
        within "$DOWNLOAD_SECONDS" wget -q -t 1 -T 5 -O "$2" "$1"
    else
        echo "neither curl nor wget is there" >&2
        return 1
    fi
}

# prebuilt_now PROGRAM VERSION SHA256 ADDRESS: says on its output why it did not work.
prebuilt_now() (
    scratch="$(mktemp -d "$AUGSPHERE_CACHE/download.XXXXXX")" || {
        echo "$AUGSPHERE_CACHE cannot be written"
        exit 1
    }
    trap 'rm -rf "$scratch"' EXIT
    answer="$(download "$4" "$scratch/archive" 2>&1)" || {
        echo "$4 could not be downloaded (${answer:-no answer})"
        exit 1
    }
    found="$(digest "$scratch/archive")"
    [ "$found" = "$3" ] || {
        echo "the SHA-256 of $4 is ${found:-unknown} and not the one in scripts/prebuilt.txt"
        exit 1
    }
    mkdir "$scratch/files"
    tar -xzf "$scratch/archive" -C "$scratch/files" 2>/dev/null || true
    program="$(find "$scratch/files" -type f -name "$1" | head -n 1)"
    chmod +x "$program" 2>/dev/null || true
    [ "$(tool_version within 10 "${program:-false}" --version)" = "$2" ] || {
        echo "what was downloaded does not run here as $1 $2"
        exit 1
    }
    mv -f "$program" "$AUGSPHERE_TOOLS/bin/$1" || {
        echo "$AUGSPHERE_TOOLS/bin could not be written"
        exit 1
    }
)

# prebuilt PROGRAM VERSION: true when this very version came from its project's release; false means that it is to be
# compiled, and why has been said.
prebuilt() {
    local program="$1" version="$2" system from=$SECONDS sum="" path="" why
    system="$(uname -s)-$(uname -m)"
    read -r sum path < <(awk -v p="$program" -v v="$version" -v s="$system" \
        '$1 == p && $2 == v && $3 == s { print $4, $5; exit }' "$PREBUILT") || true
    if [ -z "$sum" ]; then
        say "scripts/prebuilt.txt has no checksum of $program $version for $system, so it is compiled"
        return 1
    fi
    worked=true
    say "downloading $program $version (a few seconds, at most $DOWNLOAD_SECONDS s) ..."
    if why="$(prebuilt_now "$program" "$version" "$sum" "${AUGSPHERE_DOWNLOADS:-https://github.com}/$path")"; then
        say "  done in $((SECONDS - from)) s"
        return 0
    fi
    say "  $why; $program is compiled instead"
    return 1
}

# cargo_tool LOG DESCRIPTION ARGUMENTS...
cargo_tool() {
    local log="$1" what="$2"
    shift 2
    step "$log" "$what" env CARGO_TARGET_DIR="$AUGSPHERE_CACHE/tools-build" CARGO_INCREMENTAL=0 \
        cargo install --root "$AUGSPHERE_TOOLS" --force "$@"
}

setup_wasm_bindgen() {
    local wanted
    wanted="$(locked_version wasm-bindgen)"
    [ -n "$wanted" ] || fail "Cargo.lock names no wasm-bindgen." "The file is damaged; restore it with git."
    if [ "$(have wasm-bindgen && tool_version wasm-bindgen --version)" = "$wanted" ]; then return 0; fi
    if prebuilt wasm-bindgen "$wanted"; then return 0; fi
    # Its own lock file can name releases that a registry mirror does not have yet, so a second try goes without.
    cargo_tool wasm-bindgen.log "compiling wasm-bindgen $wanted (about 2 min on 2 cores)" \
        wasm-bindgen-cli --version "$wanted" --locked ||
        cargo_tool wasm-bindgen.log "trying again with newer dependencies" \
            wasm-bindgen-cli --version "$wanted" || fail "wasm-bindgen $wanted could not be compiled." \
        "cargo needs the crate registry: check the network (or the proxy in ~/.cargo/config.toml), then run this again."
}

setup_trunk() {
    if [ "$(have trunk && tool_version trunk --version)" = "$TRUNK_VERSION" ]; then return 0; fi
    if prebuilt trunk "$TRUNK_VERSION"; then return 0; fi
    cargo_tool trunk.log "compiling trunk $TRUNK_VERSION (about 7 min on 2 cores)" \
        trunk --version "$TRUNK_VERSION" --locked || fail "trunk $TRUNK_VERSION could not be compiled." \
        "cargo needs the crate registry: check the network (or the proxy in ~/.cargo/config.toml), then run this again."
}

has_wasm_opt() {
    have wasm-opt || return 1
    local found
    found="$(tool_version wasm-opt --version)"
    [ -n "$found" ] && [ "${found%%.*}" -ge "$WASM_OPT_OLDEST" ]
}

# Makes the page 4 % smaller to download. Not part of `page`, because compiling it takes longer than that is worth
# to somebody who looks at the page on their own machine.
setup_small() {
    has_wasm_opt && return 0
    if ! have c++; then
        { can_apt && apt_install "compiling wasm-opt" g++; } || true
    fi
    cargo_tool wasm-opt.log "compiling wasm-opt $WASM_OPT_CRATE (about 8 min on 2 cores)" \
        wasm-opt --version "$WASM_OPT_CRATE" --locked || {
        say "  going on without wasm-opt: the page works, but is 4 % larger to download"
        say "  to try again: rerun this with the network up and a C++ compiler (g++) installed"
    }
}

setup_check() {
    local tool
    for tool in rustfmt clippy; do
        cargo "${tool/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
        { have rustup && step "rustup-$tool.log" "adding $tool (rustup, a few seconds)" within 300 rustup component add "$tool"; } ||
            fail "$tool is missing." "With rustup and a network:  rustup component add $tool"
    done
    setup_wasm_target
}

setup_page() {
    if ! have trunk || ! have wasm-bindgen; then
        say "tools that build the page are missing; downloading one takes seconds, compiling both about 10 min on 2 cores, once"
    fi
    ensure_command python3 "serving the page" python3
    setup_wasm_target
    setup_wasm_bindgen
    setup_trunk
}

# ---------------------------------------------------------------- tests and measurements

# Node's packages of a folder with a package.json whose versions are exact; again only when that file changed.
npm_packages() {
    local folder="$1" sum stamp
    stamp="$folder/node_modules/.augsphere"
    [ -f "$folder/package.json" ] || return 0
    sum="$(cksum <"$folder/package.json")"
    if [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then return 0; fi
    step npm.log "installing the Node packages of ${folder#"$AUGSPHERE_ROOT"/} (npm, about 20 s)" \
        npm install --prefix "$folder" --no-audit --no-fund --no-package-lock --ignore-scripts || return 1
    printf '%s\n' "$sum" >"$stamp"
}

setup_browser() {
    local command
    for command in chromium chromium-browser google-chrome google-chrome-stable; do
        have "$command" && return 0
    done
    { can_apt && apt_install "the browser tests" chromium && have chromium; } || no_apt "Chromium (for the browser tests)" chromium
}

setup_firefox() {
    local command
    for command in firefox-esr firefox; do
        have "$command" && return 0
    done
    { can_apt && apt_install "the browser tests" firefox-esr && have firefox-esr; } || no_apt "Firefox (for the browser tests)" firefox-esr
}

# The GPU backend is tested on a software Vulkan device where there is no real one.
setup_vulkan() {
    compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null && compgen -G '/usr/lib*/*/libvulkan.so.1' >/dev/null && return 0
    compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null && return 0
    [ "$(uname -s)" = Linux ] || return 0
    { can_apt && apt_install "testing the GPU code without a GPU" mesa-vulkan-drivers libvulkan1; } ||
        no_apt "a Vulkan driver (for testing the GPU code)" mesa-vulkan-drivers libvulkan1
}

setup_test() {
    setup_browser
    setup_firefox
    setup_vulkan
    ensure_command node "the browser tests" nodejs npm
    ensure_command npm "the browser tests" nodejs npm
    npm_packages "$AUGSPHERE_ROOT/tests/browser" || fail "the Node packages of the browser tests could not be installed." \
        "npm needs its registry: check the network (or the proxy in ~/.npmrc), then run this again."
}

# The peers themselves are installed by scripts/bench.sh, which knows how to do without one.
setup_bench() {
    python3 -c 'import ensurepip, venv' 2>/dev/null && return 0
    { can_apt && apt_install "the Python peers" python3-venv; } ||
        say "  going on without python3-venv: the table will leave PyTorch out"
}

# ----------------------------------------------------------------

main() {
    local part one wants ready=""
    [ "$#" -gt 0 ] || set -- page
    for part in "$@"; do
        case "$part" in
            native) wants=(native) ;;
            check) wants=(native check) ;;
            page) wants=(native page) ;;
            small) wants=(native page small) ;;
            test) wants=(native check page test) ;;
            bench) wants=(native check page test bench) ;;
            *) fail "unknown part '$part'" "Use any of: native check page small test bench" ;;
        esac
        for one in "${wants[@]}"; do
            case " $ready " in *" $one "*) ;; *)
                "setup_$one"
                ready="$ready $one"
                ;;
            esac
        done
    done
    if $worked; then
        say "set-up ($*) finished in $((SECONDS - started)) s"
    fi
}

main "$@"
