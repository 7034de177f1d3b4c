#!/usr/bin/env bash
# Does everything still work? The whole of what CI runs: check, native tests, page, browser.
#
# Goes on after a failure, so that one run shows all of them, and ends with the counts.
set -uo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$AUGSPHERE_ROOT" || exit 1

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
broken=()

# part NAME COMMAND...: runs it with its output shown and kept for the count.
part() {
    local name="$1" from=$SECONDS
    shift
    say "== $name"
    if "$@" 2>&1 | tee -a "$log"; then
        say "== $name: passed in $((SECONDS - from)) s"
    else
        say "== $name: FAILED after $((SECONDS - from)) s"
        broken+=("$name")
        return 1
    fi
}

part "check" scripts/check.sh --without-tests
part "native tests" cargo test --release --no-fail-fast
part "evidence" python3 scripts/test_reproduction.py
part "kit" python3 scripts/test_gpu_kit.py
part "augmentations on a GPU" env AUGSPHERE_TEST_DEVICE=gpu cargo test --release --test augmentations
part "native tests of the page's state" cargo test --release --no-fail-fast -p augsphere-app
if part "page" scripts/build.sh; then
    part "browser tests" node tests/browser/run.mjs
else
    broken+=("browser tests (not run, there is no page)")
fi

# `cargo test` ends each program with "test result: ok. 3 passed; 0 failed; ...", the browser tests with "3 passed, 0 failed".
counts="$(awk 'match($0, /[0-9]+ passed[;,] [0-9]+ failed/) {
        split(substr($0, RSTART, RLENGTH), word, " "); passed += word[1]; failed += word[3]
    } END { printf "%d passed, %d failed", passed, failed }' "$log")"
if [ "${#broken[@]}" -gt 0 ]; then
    say "failed parts: $(printf '%s; ' "${broken[@]}")"
    say "$counts"
    exit 1
fi
say "all parts passed in $SECONDS s"
printf '%s\n' "$counts"
