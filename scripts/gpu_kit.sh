#!/usr/bin/env bash
# What do I copy to a bare machine with an NVIDIA card, to see what this project does there? Makes a folder under 60 MB.
#
#   scripts/gpu_kit.sh [--out FOLDER] [--no-build] [--no-cuda] [--program FILE]
#
#   --out FOLDER     where the kit goes (default: $AUGSPHERE_CACHE/gpu-kit); an older kit there is replaced
#   --no-build       take the program that is there
#   --no-cuda        leave CUDA out, which is built in a target folder of its own and fetches a copy of LLVM the first time
#   --program FILE   take this program, and build nothing
#
# The kit is for x86-64 Linux with a C library at least as new as this machine's; its run.sh takes at most eight minutes there.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
readonly MOST=60000000

out="$AUGSPHERE_CACHE/gpu-kit" program='' build=true cuda=true
while [ "$#" -gt 0 ]; do
    case "$1" in
        --no-build) build=false ;;
        --no-cuda) cuda=false ;;
        --out | --program)
            [ "$#" -ge 2 ] || fail "$1 needs a value."
            # Names are meant from where the script was started.
            if [ "$1" = --out ]; then out="$(realpath -m "$2")"; else program="$(realpath -m "$2")"; fi
            shift
            ;;
        -h | --help)
            sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        *) fail "there is no option $1." "scripts/gpu_kit.sh --help lists them." ;;
    esac
    shift
done
cd "$AUGSPHERE_ROOT"
command -v strip >/dev/null || fail "strip is missing." "It comes with the C compiler's tools (Debian: binutils)."

readonly CUDA_TARGET="$AUGSPHERE_CACHE/target-cuda"

# A target folder of its own: the features of burn differ, and one folder would be built anew at each change.
build_cuda() {
    # Nothing is built there yet that could pass for newer than it is, so the sources are not to be touched (see own_target).
    [ -d "$CUDA_TARGET" ] || { mkdir -p "$CUDA_TARGET" && printf '%s\n' "$AUGSPHERE_ROOT" >"$CUDA_TARGET/augsphere-checkout"; }
    CARGO_TARGET_DIR="$CUDA_TARGET" own_target
    CARGO_TARGET_DIR="$CUDA_TARGET" cargo build --release --features cuda --bin augsphere >"$AUGSPHERE_LOGS/gpu-kit-cuda.log" 2>&1
}

# Sets `program` to what goes into the kit, and `cuda` to whether it can use CUDA.
choose_program() {
    if [ -n "$program" ]; then
        [ -f "$program" ] || fail "there is no program $program."
        return 0
    fi
    mkdir -p "$AUGSPHERE_LOGS"
    if $cuda && { ! $build || { say "building the program with CUDA (minutes the first time)" && build_cuda; }; }; then
        program="$CUDA_TARGET/release/augsphere"
        [ ! -x "$program" ] || return 0
    fi
    ! $cuda || say "the kit has Vulkan only: the program could not be built with CUDA, which needs the network once ($AUGSPHERE_LOGS/gpu-kit-cuda.log)"
    cuda=false
    # Without -p: a selection of packages would give burn other features, and compile it again.
    if $build; then cargo build --release --bin augsphere; fi
    program="$CARGO_TARGET_DIR/release/augsphere"
    [ -x "$program" ] || fail "there is no program $program." "Leave out --no-build."
}

# Whether a program has CUDA: one without it says so.
has_cuda() {
    local said
    said="$("$1" bench --device cuda --quick --seconds 1 2>&1 </dev/null || true)"
    case "$said" in *"no CUDA support"*) false ;; *) true ;; esac
}

# The newest version of the C library that a program asks for.
needs_glibc() { objdump -T "$1" 2>/dev/null | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1; }

commit() {
    local changed
    changed="$(git status --porcelain --untracked-files=no -- engine Cargo.lock 2>/dev/null || true)"
    printf '%s%s' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" "${changed:+ with changes}"
}

# The loader of Vulkan, for machines that have a driver and no loader; 0.5 MB.
copy_loader() {
    local found
    found="$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | awk '$1 == "libvulkan.so.1" && /x86-64/ { print $NF; exit }')" || true
    mkdir -p "$1/loader" "$1/lib"
    if [ -n "$found" ]; then
        cp -L "$found" "$1/loader/libvulkan.so.1"
    else
        say "this machine has no Vulkan loader to put into the kit; the other one must have its own"
    fi
}

# A mistaken --out must not cost anybody's files: only an empty folder or an older kit is replaced.
replace_older() {
    if [ -e "$out" ] && [ -n "$(ls -A "$out" 2>/dev/null)" ]; then
        if ! { [ -f "$out/about.json" ] && [ -f "$out/run.sh" ]; }; then
            fail "$out is neither empty nor an older kit." "Name another folder with --out."
        fi
        rm -rf "$out"
    fi
    mkdir -p "$out"
}

choose_program
replace_older
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
strip -o "$work/augsphere" "$program" || fail "strip could not read $program."
chmod +x "$work/augsphere"
if [ "$(uname -sm)" = "Linux x86_64" ]; then
    if has_cuda "$work/augsphere"; then cuda=true; else cuda=false; fi
    version="$("$work/augsphere" --version | awk '{ print $2 }')"
else
    fail "the kit is for x86-64 Linux, and can only be made there."
fi
glibc="$(needs_glibc "$work/augsphere" || true)"
# Packed, since the program alone would fill the folder.
gzip -9nc "$work/augsphere" >"$out/augsphere.gz"

cp tests/peers/kit/run.sh tests/peers/kit/README.md "$out/"
mkdir -p "$out/kit" "$out/peers/pytorch"
cp tests/peers/kit/kit/*.py "$out/kit/"
cp tests/peers/augment.py "$out/peers/"
cp tests/peers/pytorch/{step,card,distance,neighbours}.py "$out/peers/pytorch/"
copy_loader "$out"
printf '{"commit": "%s", "version": "%s", "cuda": %s, "needs": "%s", "built": "%s"}\n' \
    "$(commit)" "$version" "$cuda" "$glibc" "$(date -u +%Y-%m-%dT%H:%MZ)" >"$out/about.json"

size="$(du -sb "$out" | cut -f 1)"
[ "$size" -le "$MOST" ] || fail "the kit in $out has $size bytes, more than $MOST." "What is new in it? du -ab $out | sort -n | tail"
say "the kit is $out: $((size / 1000000)) MB, $($cuda && echo 'Vulkan and CUDA' || echo 'Vulkan only'), needs ${glibc:-an unknown C library} or newer"
say "copy it to the machine with the card, start run.sh there, bring its folder results back: make bench KIT=FOLDER"
