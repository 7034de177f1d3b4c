#!/usr/bin/env bash
# How does the source become the static site in dist/?
#
#   1. trunk compiles the page and its worker (cargo profile `web`) and writes the files
#   2. wasm-opt shrinks the wasm, when it is installed (scripts/setup.sh small); results are kept between builds.
#      Otherwise only the sections for debuggers are dropped
#   3. the worker's files get a content hash in their names, like trunk gives the page's
#   4. sizes are printed; more than 4 MB compressed is an error
#
# Does nothing when no input has changed since dist/ was written. Needs what scripts/setup.sh page installs.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$AUGSPHERE_ROOT"

readonly LARGEST=4000000
# What the page is made of.
readonly INPUTS=(Cargo.toml Cargo.lock Trunk.toml .cargo app engine public assets
    scripts/build.sh scripts/env.sh scripts/strip_names.py)
# The features that rustc 1.95 and newer uses must be told. The passes are those that make the module smaller on
# the wire: -Oz takes another fifth off the file itself, but what is left compresses worse (3.53 MB gzipped instead of
# 3.33 MB, and 3.45 MB when nothing is done) and takes five times as long.
readonly WASM_OPT_FLAGS=(--enable-bulk-memory --enable-nontrapping-float-to-int --enable-reference-types
    --enable-simd --enable-sign-ext --enable-mutable-globals --enable-multivalue
    --duplicate-function-elimination --remove-unused-module-elements --dce --remove-unused-brs --vacuum
    --simplify-locals-notee-nostructure --vacuum --dae-optimizing --optimize-instructions --pick-load-signs
    --merge-blocks --remove-unused-brs --vacuum --duplicate-function-elimination --strip-debug --strip-producers)

checkout="$(printf '%s' "$AUGSPHERE_ROOT" | cksum | cut -d ' ' -f 1)"
work="$CARGO_TARGET_DIR/augsphere-page/$checkout"
stage="$work/stage"
mkdir -p "$work"

input_files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -co --exclude-standard -- "${INPUTS[@]}"
    else
        find "${INPUTS[@]}" -type f 2>/dev/null
    fi | LC_ALL=C sort
}

# The terminal and the tests are not part of the page.
fingerprint() {
    local file
    input_files | grep -vE '^engine/cli/|/tests/|/benches/|\.md$' | while IFS= read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done | tr '\n' '\0' | xargs -0 cksum
    with_wasm_rust rustc --version
    trunk --version
    wasm_opt_version
}

digest() { if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -c 1-"$1"; }

wasm_opt_version() { wasm-opt --version 2>/dev/null || echo "no wasm-opt"; }

listing() { (cd dist 2>/dev/null && find . -type f -exec cksum {} + | LC_ALL=C sort | cksum) || echo none; }

shrink() {
    local wasm="$1" key kept from=$SECONDS
    key="$({ printf '%s\n' "${WASM_OPT_FLAGS[*]}" && wasm_opt_version && cat "$wasm"; } | digest 40)"
    kept="$AUGSPHERE_CACHE/wasm-opt/$key.wasm"
    if [ ! -s "$kept" ]; then
        say "shrinking $(basename "$wasm") with wasm-opt (about 1 s a megabyte on 2 cores) ..."
        mkdir -p "$(dirname "$kept")"
        wasm-opt "${WASM_OPT_FLAGS[@]}" "$wasm" -o "$kept.part" || fail "wasm-opt failed on $wasm." \
            "To build without it, take it off PATH; the page is then larger."
        mv "$kept.part" "$kept"
        say "  done in $((SECONDS - from)) s"
        # The newest eight results are enough to switch between branches.
        # shellcheck disable=SC2012 # The names are digests.
        (cd "$(dirname "$kept")" && ls -t -- *.wasm | tail -n +9 | xargs rm -f)
    fi
    cp "$kept" "$wasm"
    touch "$kept"
}

replace() { sed "s/$1/$2/g" "$3" >"$3.new" && mv "$3.new" "$3"; }

# augsphere-worker_loader.js -> augsphere-worker-1234abcd_loader.js and so on, in the names and where they are named.
name_worker() {
    local old=augsphere-worker hash file
    [ -f "$stage/${old}_loader.js" ] || return 0
    hash="$(cat "$stage/${old}_bg.wasm" "$stage/$old.js" "$stage/${old}_loader.js" | digest 16)"
    replace "${old}_loader\.js" "${old}-${hash}_loader.js" "$stage/index.html"
    replace "$old\.js" "$old-$hash.js" "$stage/${old}_loader.js"
    replace "${old}_bg\.wasm" "${old}-${hash}_bg.wasm" "$stage/${old}_loader.js"
    replace "${old}_bg\.wasm" "${old}-${hash}_bg.wasm" "$stage/$old.js"
    for file in "$stage/$old"*; do
        mv "$file" "$stage/$old-$hash${file#"$stage/$old"}"
    done
    grep -q "$old-$hash" "$stage/index.html" || fail "app/index.html does not name ${old}_loader.js." \
        "The page reads the worker's address from <meta name=\"augsphere-worker\" content=\"./${old}_loader.js\" />."
}

brotli_size() {
    if command -v brotli >/dev/null 2>&1; then
        brotli -c -q 9 "$1" | wc -c
    elif command -v node >/dev/null 2>&1; then
        node -e 'const z=require("zlib"),f=require("fs").readFileSync(process.argv[1]);
            console.log(z.brotliCompressSync(f,{params:{[z.constants.BROTLI_PARAM_QUALITY]:9}}).length)' "$1"
    else
        echo 0
    fi
}

sizes() {
    local file raw gz br raw_sum=0 gz_sum=0 br_sum=0
    printf '%-52s %11s %11s %11s\n' "file in dist/" bytes gzip brotli
    while IFS= read -r file; do
        raw=$(($(wc -c <"dist/$file"))) gz=$(($(gzip -9 -c "dist/$file" | wc -c))) br=$(($(brotli_size "dist/$file")))
        raw_sum=$((raw_sum + raw)) gz_sum=$((gz_sum + gz)) br_sum=$((br_sum + br))
        printf '%-52s %11d %11d %11d\n' "$file" "$raw" "$gz" "$br"
    done < <(cd dist && find . -type f | sed 's|^\./||' | LC_ALL=C sort)
    printf '%-52s %11d %11d %11d\n' total "$raw_sum" "$gz_sum" "$br_sum"
    printf '%d\n' "$gz_sum" >"$work/total"
}

judge_size() {
    local total
    read -r total <"$work/total"
    if [ "$total" -gt "$LARGEST" ]; then
        if command -v wasm-opt >/dev/null 2>&1; then
            fail "the page is $total bytes compressed, more than $LARGEST." "The table above shows which file grew."
        fi
        say "the page is $total bytes compressed, more than $LARGEST; 'scripts/setup.sh small' brings wasm-opt, which takes 4 % off"
    fi
}

main() {
    local from=$SECONDS now
    # Two builds at once would write the same folders: the second waits and then finds everything done.
    exec 9>"$work/lock"
    if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
        say "another build of this checkout is running; waiting for it"
        flock 9
    fi
    now="$(fingerprint)"
    if [ -f "$work/report" ] && [ "$(cat "$work/inputs" 2>/dev/null)" = "$now" ] &&
        [ "$(cat "$work/listing" 2>/dev/null)" = "$(listing)" ]; then
        say "dist/ is up to date"
        cat "$work/report"
        judge_size
        return 0
    fi
    rm -f "$work/inputs" "$work/listing" "$work/report"

    say "compiling the page and its worker (15 to 25 min on 2 cores from nothing, seconds to a minute afterwards) ..."
    cargo fetch --quiet --target wasm32-unknown-unknown --target "$(rustc -vV | sed -n 's/^host: //p')" ||
        fail "the crates in Cargo.lock could not be downloaded." \
            "cargo needs the crate registry: check the network (or the proxy in ~/.cargo/config.toml), then run this again."
    # Generated glue of earlier builds would be copied along.
    rm -rf "${CARGO_TARGET_DIR:?}/wasm-bindgen"
    # trunk accepts only `true` or `false` in NO_COLOR, other programs anything.
    (unset NO_COLOR && RUST_LOG=warn with_wasm_rust trunk build --offline --dist "$stage") ||
        fail "trunk could not build the page." "The messages above come from cargo, wasm-bindgen or trunk."

    if command -v wasm-opt >/dev/null 2>&1; then
        local wasm
        while IFS= read -r wasm; do shrink "$wasm"; done < <(find "$stage" -name '*_bg.wasm')
    else
        find "$stage" -name '*_bg.wasm' -exec scripts/strip_names.py {} +
    fi
    name_worker

    rm -rf dist
    cp -r "$stage" dist
    say "built dist/ in $((SECONDS - from)) s"
    sizes >"$work/report"
    cat "$work/report"
    judge_size
    listing >"$work/listing"
    printf '%s\n' "$now" >"$work/inputs"
}

main
