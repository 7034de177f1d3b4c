#!/usr/bin/env bash
# How fast are we beside PyTorch, TensorFlow.js and jax-js, on this machine, now?
#
#   scripts/bench.sh [native] [methods] [augment] [distance] [measures] [browser] [page] [keeping] [--rounds N] [--no-build] [--peers-only] [--headed] [--render] [--kit FOLDER]
#
#   native    our training step and PyTorch's on the CPU, in turn, and as a share of matrix products; launches on a GPU adapter;
#             how soon a run starts (about 10 minutes)
#   methods   a step of every method beside SimCLR's
#   augment   the views of a batch, ours, torchvision's and kornia's, and their share of a step
#   distance  augmented distances, ours, PyTorch's and plain matrix products
#   measures  kNN, uniformity and rank at full size, and the share of a run that measuring takes
#   browser   our built page and the libraries in Chromium, in turn
#   page      first paint, transfer, long tasks, first step of the built page
#   keeping   what checkpoints cost the terminal and the built page; memory over 5,000 steps (about 15 minutes)
#
#   --rounds N      how often everything is repeated (default 3)
#   --no-build      measure what is already built
#   --peers-only    leave ours out
#   --headed        show the browser's window (on a machine with a screen and a GPU)
#   --render        measure nothing; write the document from the last numbers
#   --kit FOLDER    measure nothing; put what a kit (scripts/gpu_kit.sh) has found on another machine into the document
#
# Without a part: all eight, about 55 minutes. Installs what is missing first (PyTorch: 40 s on a good line, 5 GB).
# Writes docs/benchmarks.md; the raw numbers stay in $AUGSPHERE_CACHE/bench. Let the machine be idle meanwhile.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
from="$PWD"
cd "$AUGSPHERE_ROOT"

case "${1:-}" in -h | --help) sed -n '2,25s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac

parts=() given=() build=true peers_only=false render=false before=''
for word in "$@"; do
    # The kit's folder is meant from where the script was started.
    if [ "$before" = --kit ]; then word="$(cd "$from" && realpath -m "$word")"; fi
    given+=("$word")
    before="$word"
    case "$word" in
        native | methods | augment | distance | measures | browser | page | keeping) parts+=("$word") ;;
        --no-build) build=false ;;
        --peers-only) peers_only=true ;;
        --render | --kit) render=true ;;
    esac
done
[ "${#parts[@]}" -gt 0 ] || parts=(native methods augment distance measures browser page keeping)
wants() { case " ${parts[*]} " in *" $1 "*) true ;; *) false ;; esac; }

# install_python: PyTorch in a folder of its own. A CPU-only build from PIP_FIND_LINKS or the index is taken if there
# is one; the usual Linux build brings CUDA's libraries along, which it needs to load at all.
install_python() {
    local venv="$AUGSPHERE_CACHE/venv" list=tests/peers/pytorch/requirements.txt
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import torch, torchvision, kornia, safetensors, PIL' 2>/dev/null; then
        return 0
    fi
    say "installing PyTorch and kornia for the comparison into $venv (pip, 1 to 10 min, up to 5 GB)"
    python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check -r "$list"
}

# install_node: the browser libraries, at the versions of the lock file.
install_node() {
    local folder="$AUGSPHERE_CACHE/peers" from=tests/peers/browser
    if [ -d "$folder/node_modules" ] && cmp -s "$from/package-lock.json" "$folder/package-lock.json"; then return 0; fi
    say "installing TensorFlow.js, jax-js and playwright-core into $folder (npm, about 20 s)"
    mkdir -p "$folder"
    cp "$from/package.json" "$from/package-lock.json" "$folder/"
    npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error
}

if ! $render; then
    scripts/setup.sh bench
    if wants native || wants augment || wants distance; then
        install_python || fail "PyTorch could not be installed." \
            "pip needs its index and python3 its venv module (Debian: apt-get install python3-venv)." \
            "To measure only the browser: scripts/bench.sh browser page"
    fi
    if wants browser || wants page || wants keeping; then
        install_node || fail "the browser libraries could not be installed." \
            "npm needs its registry: check the network (or the proxy in ~/.npmrc), then run this again." \
            "To measure only natively: scripts/bench.sh native"
        if $build && ! $peers_only; then scripts/build.sh; fi
    fi
fi
exec node tests/peers/bench.mjs "${given[@]}"
