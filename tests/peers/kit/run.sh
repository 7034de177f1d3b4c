#!/usr/bin/env bash
# What does this machine's card do with augsphere, and what with PyTorch? In at most eight minutes, without Rust or network.
#
#   ./run.sh [--quick] [--out FOLDER] [--python FILE]
#
#   --quick         small and short, for adapters in software too: at most two minutes on two slow cores
#   --out FOLDER    where the results go (default: results, beside this script)
#   --python FILE   the Python that has PyTorch (default: python3)
#
# Every part has a limit of its own, and writes FOLDER/PART.json when it ends; what fails is said and stops nothing. The last lines are
# the table, FOLDER/table.md. FOLDER/kit.json is all of it in one file: `make bench KIT=FOLDER` puts it into docs/benchmarks.md.
set -uo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
out="$here/results" python=python3 total=465 quick=()

fail() {
    printf 'run.sh: FAILED: %s\n' "$1" >&2
    exit "${2:-1}"
}

while [ "$#" -gt 0 ]; do
    case "$1" in
        --quick) quick=(--quick) total=115 ;;
        --out | --python)
            [ "$#" -ge 2 ] || fail "$1 needs a value; ./run.sh --help says which" 2
            if [ "$1" = --out ]; then out="$2"; else python="$2"; fi
            shift
            ;;
        -h | --help)
            head -n 11 "${BASH_SOURCE[0]}" | tail -n +2 | cut -c 3-
            exit 0
            ;;
        *) fail "there is no option $1; ./run.sh --help lists them" 2 ;;
    esac
    shift
done

command -v "$python" >/dev/null 2>&1 || fail "there is no $python: name the Python that has PyTorch with --python FILE"
command -v timeout >/dev/null 2>&1 || fail "there is no timeout (of coreutils)"
mkdir -p "$out" || fail "the folder $out cannot be made: name another with --out FOLDER"
out="$(cd "$out" && pwd)"
# Results of two times are not to be mixed, and a mistaken --out must not cost anybody's files.
if [ -n "$(ls -A "$out")" ] && [ ! -e "$out/machine.json" ]; then fail "$out holds something else: name an empty folder with --out FOLDER" 2; fi
rm -f "$out"/*.json "$out"/*.txt "$out"/*.log "$out"/table.md
work="$out/work"
rm -rf "$work"
mkdir "$work" || exit 1
# The program unpacked and the run folders are large, and nobody needs them afterwards.
trap 'rm -rf "$work"' EXIT

export PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A hanging file system or driver must not keep the table away: the parts end at their limits, and their sum at this one.
timeout --signal=TERM --kill-after=5 $((total + 5)) "$python" -m kit --kit "$here" --out "$out" --total "$total" "${quick[@]}"
ended=$?
[ "$ended" -eq 0 ] || printf 'run.sh: the parts ended with code %s; what they left is below\n' "$ended" >&2
"$python" -m kit.record --kit "$here" --out "$out" "${quick[@]}" || fail "the results could not be put together; the parts are in $out"
cat "$out/table.md"
