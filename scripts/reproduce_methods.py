#!/usr/bin/env python3
"""Which method lifts what? Runs every preset with three seeds and writes docs/methods.md.

    scripts/reproduce_methods.py [--only PART] [--seeds 0,1,2] [--cifar-seeds 0] [--render]

Runs that are done are not run again (they lie in $AUGSPHERE_CACHE/reproduce-methods, by preset and program). The presets on
CIFAR-10 want the binary archive in AUGSPHERE_CIFAR and are left out without it. About 12 minutes for the shapes and 2 to 3
minutes for each run on CIFAR-10, on 2 cores.
"""

import argparse
import functools
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("AUGSPHERE_CACHE", Path.home() / ".cache" / "augsphere")) / "reproduce-methods"
PROGRAM = Path(os.environ["CARGO_TARGET_DIR"]) / "release" / "augsphere"

# Points of kNN accuracy over the untrained encoder that are asked for, by data and method.
SHAPES = 10
CIFAR = {"moco_v2": 9, "alignment_uniformity": 9, "simclr": 9, "byol": 5, "simsiam": 5, "barlow_twins": 5, "vicreg": 5, "unigrad": 5}
# Presets that are there to be looked at, and methods that see labels or train nothing.
NO_THRESHOLD = {"shapes-align-only", "shapes-uniform-only", "shapes-finetune", "shapes-supervised", "shapes-pico", "shapes-linear", "shapes-linear-normalised"}

# Linear accuracy on CIFAR-10 with ResNet-18, 800 or 1000 epochs, as published or as solo-learn reproduces it: another setting.
PUBLISHED = {
    "simclr": "90.7 (solo-learn, 1000 epochs)",
    "moco_v2": "90.7 (authors' demo, 800 epochs, symmetric loss)",
    "byol": "92.6 (solo-learn, 1000 epochs)",
    "simsiam": "91.8 (authors, 800 epochs)",
    "barlow_twins": "92.1 (solo-learn, 1000 epochs)",
    "vicreg": "92.1 (solo-learn, 1000 epochs)",
    "spectral": "92.1 (authors, 800 epochs)",
}


def say(text):
    print(f"augsphere: {text}", file=sys.stderr, flush=True)


def experiment(preset):
    """The preset's method, as the program reads it."""
    text = subprocess.run([PROGRAM, "presets", preset], capture_output=True, text=True, check=True).stdout
    section, method = "", "simclr"
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif section == "method" and line.startswith("kind"):
            method = line.split('"')[1]
    return text, method


def presets():
    lines = subprocess.run([PROGRAM, "presets"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split()[0] for line in lines if line.strip()]


@functools.cache
def program_digest():
    return hashlib.sha256(PROGRAM.read_bytes()).digest()


def folder_of(preset, text, seed):
    """Where a run of this preset by this program lies."""
    key = hashlib.sha256(program_digest() + text.encode()).hexdigest()[:16]
    return CACHE / f"{preset}-{seed}-{key}"


def finished(folder):
    """Whether the run in this folder came to its own end."""
    summary = folder / "summary.json"
    return summary.exists() and not json.loads(summary.read_text())["stopped"]


def run(preset, text, seed, archive):
    """The summary of one run, from the cache if the same program has done it."""
    folder = folder_of(preset, text, seed)
    summary = folder / "summary.json"
    if not finished(folder):
        if folder.exists():
            # A run that was cut off.
            folder.rename(folder.with_name(f"{folder.name}-cut-{int(time.time())}"))
        given = [PROGRAM, "run", preset, "--set", f"seed={seed}", "--device", "cpu", "--json", "--out", folder]
        if preset.startswith("shapes-simclr"):
            given += ["--set", "train.steps=400"]
        if archive:
            given += ["--set", f"data.path={archive}"]
        done = subprocess.run(given, capture_output=True, text=True)
        if done.returncode != 0:
            say(f"{preset}, seed {seed}: {done.stderr.strip().splitlines()[-1] if done.stderr else 'failed'}")
            return None
    record = json.loads(summary.read_text())
    measures = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines() if '"effective_rank"' in line]
    record["effective_rank"] = measures[-1].get("effective_rank")
    say(f"{preset}, seed {seed}: kNN {100 * record['knn_accuracy']:.1f} from {100 * record['knn_accuracy_untrained']:.1f} %")
    return record


def row(preset, method, threshold, records):
    lifts = [100 * (one["knn_accuracy"] - one["knn_accuracy_untrained"]) for one in records]
    reached = "" if threshold is None else "yes" if min(lifts) >= threshold else "**no**"
    mean = lambda name: sum(one[name] or 0 for one in records) / len(records)
    cells = [
        f"`{preset}`",
        f"`{method}`",
        " / ".join(f"{100 * one['knn_accuracy_untrained']:.1f}" for one in records),
        " / ".join(f"{100 * one['knn_accuracy']:.1f}" for one in records),
        " / ".join(f"{lift:+.1f}" for lift in lifts),
        "" if threshold is None else str(threshold),
        reached,
        f"{mean('alignment'):.2f}",
        f"{mean('uniformity'):.2f}",
        f"{mean('std'):.3f}",
        f"{mean('effective_rank'):.1f}",
        f"{mean('seconds'):.0f}",
    ]
    return cells


def table(head, rows):
    line = lambda cells: "| " + " | ".join(cells) + " |"
    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


HEAD = ["preset", "method", "untrained", "trained", "lift", "asked for", "reached", "alignment", "uniformity", "std", "effective rank", "s"]


def document(parts, seeds):
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    cores = os.cpu_count()
    shapes, cifar = parts
    text = [
        "# Methods: which lifts what",
        "",
        "Written by `make reproduce-methods`; not edited by hand.",
        "",
        f"Commit {commit or 'unknown'}, {time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {cores} cores, on the CPU. Accuracies are those of",
        "the weighted kNN on held-out images (k = 200, T = 0.1, features before the projector), in percent, seed by seed; the untrained",
        "encoder is the baseline. Alignment, uniformity, std, effective rank and seconds of training are means over the seeds.",
        "",
        "## Drawn shapes, `tiny` encoder, 400 steps of 128 images",
        "",
        f"Seeds {seeds[0]}. Knobs were tuned on these same seeds, so these are numbers of what is possible, not of what to expect elsewhere.",
        "",
        table(HEAD, shapes) if shapes else "Not run yet.",
        "",
        "`shapes-align-only` and `shapes-uniform-only` show the two halves of alignment and uniformity by themselves, `shapes-finetune` goes on from a",
        "bad temperature; `shapes-supervised` and `shapes-pico` see labels; `shapes-linear` is there to be seen failing, `shapes-linear-normalised` is its rescue.",
        "",
        "## CIFAR-10 sample, `small` encoder, 600 steps of 256 images",
        "",
        f"Seeds {seeds[1]}." if cifar else "Not run yet: give the binary archive in AUGSPHERE_CIFAR.",
        "",
        table(HEAD, cifar) if cifar else "",
        "",
        "Published, in another setting (ResNet-18, the whole of CIFAR-10, linear classifier), and not to be compared with the numbers above:",
        "",
        table(["method", "linear accuracy, percent"], [[f"`{name}`", words] for name, words in PUBLISHED.items()]),
        "",
    ]
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="presets whose name contains this")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--cifar-seeds", default="0")
    parser.add_argument("--render", action="store_true", help="write the document from what is there")
    given = parser.parse_args()
    archive = os.environ.get("AUGSPHERE_CIFAR", "")
    if archive and not Path(archive).exists():
        sys.exit(f"augsphere: FAILED: there is no {archive}.\n           Give the binary CIFAR-10 archive: make reproduce-methods CIFAR=cifar-10-binary.tar.gz")
    if not archive:
        say("no archive in AUGSPHERE_CIFAR: the presets on CIFAR-10 are left out")
    CACHE.mkdir(parents=True, exist_ok=True)
    parts = ([], [])
    for preset in presets():
        on_cifar = preset.startswith("cifar10")
        if on_cifar and not archive:
            continue
        text, method = experiment(preset)
        threshold = CIFAR.get(method) if on_cifar else None if preset in NO_THRESHOLD else SHAPES
        records = []
        for seed in (given.cifar_seeds if on_cifar else given.seeds).split(","):
            there = finished(folder_of(preset, text, seed))
            if there or (not given.render and given.only in preset):
                records.append(run(preset, text, seed, archive if on_cifar else ""))
        records = [record for record in records if record]
        if records:
            parts[on_cifar].append(row(preset, method, threshold, records))
    out = ROOT / "docs" / "methods.md"
    out.write_text(document(parts, (given.seeds, given.cifar_seeds)))
    say(f"wrote {out}")


main()
