#!/usr/bin/env bash
# Does the small encoder reach on CIFAR-10 what the same recipe reaches in PyTorch? Three seeds of 600 steps on the CPU.
#
#   scripts/reproduce.sh ARCHIVE      one line of JSON a seed on standard output; run folders under runs/reproduce
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$AUGSPHERE_ROOT"

archive="${1:-${AUGSPHERE_CIFAR:-}}"
[ -n "$archive" ] || fail "which archive?" "Give the binary CIFAR-10 archive: make reproduce CIFAR=cifar-10-binary.tar.gz"
cargo build --release
folder="runs/reproduce-$(date -u +%Y%m%d-%H%M%S)"
for seed in 0 1 2; do
    say "seed $seed ..."
    "$CARGO_TARGET_DIR/release/augsphere" run cifar10-simclr --set data.path="$archive" --set "seed=$seed" \
        --device cpu --out "$folder/seed-$seed" --json
done
