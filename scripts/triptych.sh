#!/usr/bin/env bash
# Where do images lie on a circle before training, with labels, and with views alone? Figure 3 of Wang and Isola, on drawn shapes.
#
#   scripts/triptych.sh      writes docs/pictures/triptych.png; run folders under runs/triptych (they are made again)
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$AUGSPHERE_ROOT"

cargo build --release
program="$CARGO_TARGET_DIR/release/augsphere"
folder=runs/triptych
rm -rf "$folder"
# Three encoders of one architecture, whose embeddings have two dimensions.
trained() {
    local name="$1"
    shift
    say "$name ..."
    "$program" run "$@" --set projector.dimension=2 --device cpu --out "$folder/$name" --json >"$folder.$name.json"
}
mkdir -p runs
trained random shapes-simclr --set method.kind=random --set target.kind=shared
trained supervised shapes-supervised
trained contrastive shapes-simclr --set method.temperature=0.5
rm -f "$folder".*.json
"$program" figure "$folder/random" circle --beside "$folder/supervised" --beside "$folder/contrastive" \
    --set class_a=0 --set class_b=3 --width 640 -o docs/pictures/triptych.png
