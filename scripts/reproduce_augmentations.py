#!/usr/bin/env python3
"""The three experiments of Huang et al. (arXiv:2111.00743, section 5) in small. Writes docs/augmentations.md and its figures.

    scripts/reproduce_augmentations.py [--seeds 0,1,2] [--render]

1. Richness: (a), (a,b), (a,b,c), (a,b,c,d), (a,b,c,d,e).  2. Strength: (a,d) at 1, 1/2, 1/4, 1/8.  3. All ten pairs.
SimCLR and Barlow Twins with the `small` encoder on the CIFAR-10 archive in AUGSPHERE_CIFAR; pairs with SimCLR, as in the paper.
What is done is not done again (it lies in $AUGSPHERE_CACHE/reproduce-augmentations, by method, policy and seed; remove the folder to
begin anew). 81 runs of half a minute and 18 computations of distances: about 50 minutes on 2 cores.
"""

import argparse
import itertools
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("AUGSPHERE_CACHE", Path.home() / ".cache" / "augsphere")) / "reproduce-augmentations"
PROGRAM = Path(os.environ["CARGO_TARGET_DIR"]) / "release" / "augsphere"

STEPS, BATCH, WARMUP, RATE = 600, 64, 30, 0.003
PER_CLASS, VIEWS = 200, 32

METHODS = {"simclr": "SimCLR", "barlow-twins": "Barlow Twins"}
RICHNESS = ["a", "ab", "abc", "abcd", "abcde"]
STRENGTH = ["strength-1", "strength-2", "strength-4", "strength-8"]
PAIRS = ["".join(pair) for pair in itertools.combinations("abcde", 2)]

# kNN accuracy on CIFAR-10 in percent, ResNet-18, 800 epochs (tables 1 and 2 of the paper).
PUBLISHED = {
    "a": {"simclr": 62.74, "barlow-twins": 67.77},
    "ab": {"simclr": 63.23, "barlow-twins": 67.83},
    "abc": {"simclr": 83.50, "barlow-twins": 82.00},
    "abcd": {"simclr": 88.48, "barlow-twins": 85.38},
    "abcde": {"simclr": 89.76, "barlow-twins": 86.91},
    "strength-1": {"simclr": 82.75, "barlow-twins": 82.58},
    "strength-2": {"simclr": 78.76, "barlow-twins": 81.88},
    "strength-4": {"simclr": 76.37, "barlow-twins": 79.64},
    "strength-8": {"simclr": 74.23, "barlow-twins": 77.96},
}


def say(text):
    print(f"augsphere: {text}", file=sys.stderr, flush=True)


def recipe(policy):
    return "huang_" + policy.replace("-", "_")


def title(policy):
    if policy.startswith("strength"):
        divisor = policy.rsplit("-", 1)[1]
        return "1" if divisor == "1" else f"1/{divisor}"
    return "(" + ", ".join(policy) + ")"


def train(method, policy, seed, archive):
    """The summary of one run; nothing if it is not there and cannot be made."""
    folder = CACHE / f"{method}-{policy}-{seed}"
    summary = folder / "summary.json"
    done = summary.exists() and not json.loads(summary.read_text())["stopped"]
    if not done and archive:
        if folder.exists():
            # A run that was cut off.
            folder.rename(folder.with_name(f"{folder.name}-cut-{int(time.time())}"))
        settings = {
            "data.path": archive, "seed": seed, "train.steps": STEPS, "train.batch": BATCH, "train.warmup": WARMUP,
            "measures.cadence.every": STEPS, "optimiser.kind": "adam", "optimiser.learning_rate": RATE,
        }  # fmt: skip
        given = [PROGRAM, "run", f"cifar10-{method}", "--policy", recipe(policy), "--device", "cpu", "--json", "--out", folder]
        given += [word for path, value in settings.items() for word in ("--set", f"{path}={value}")]
        ended = subprocess.run(given, capture_output=True, text=True)
        if ended.returncode != 0:
            say(f"{method}, {policy}, seed {seed}: {ended.stderr.strip().splitlines()[-1] if ended.stderr else 'failed'}")
            return None
        done = True
    if not done:
        return None
    record = json.loads(summary.read_text())
    say(f"{method}, {policy}, seed {seed}: kNN {100 * record['knn_accuracy']:.1f} %")
    return record


def distances(policy, deltas, archive):
    """Augmented distances of a policy, with sigma at `deltas` (quantiles of its own without any)."""
    words = "-".join(f"{delta:.3f}" for delta in deltas) or "quantiles"
    kept = CACHE / f"distance-{policy}-{PER_CLASS}-{VIEWS}-{words}.json"
    if not kept.exists():
        if not archive:
            return None
        given = [PROGRAM, "distance", "cifar10-simclr", "--policy", recipe(policy), "--set", f"data.path={archive}", "--json"]
        given += ["--per-class", str(PER_CLASS), "--views", str(VIEWS)]
        given += ["--deltas", ",".join(f"{delta:.3f}" for delta in deltas)] if deltas else []
        ended = subprocess.run(given, capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(f"augsphere: FAILED: distances of {policy}: {ended.stderr.strip()}")
        kept.write_text(ended.stdout)
    return json.loads(kept.read_text())


def thresholds(archive):
    """Two thresholds for all policies: the means over the ten pairs of the 3/8 and 5/8 quantiles of distances within classes."""
    own = [distances(pair, [], archive) for pair in PAIRS]
    if not all(own):
        return None
    return [round(statistics.mean(one["thresholds"][place]["delta"] for one in own), 3) for place in (3, 5)]


def ranks(values):
    """Ranks from 1, ties at their mean."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    out = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for place in range(at, end + 1):
            out[order[place]] = (at + end) / 2 + 1
        at = end + 1
    return out


def spearman(a, b):
    ra, rb = ranks(a), ranks(b)
    ma, mb = statistics.mean(ra), statistics.mean(rb)
    top = sum((x - ma) * (y - mb) for x, y in zip(ra, rb))
    bottom = math.sqrt(sum((x - ma) ** 2 for x in ra) * sum((y - mb) ** 2 for y in rb))
    return top / bottom if bottom else float("nan")


# Two-sided 95 % quantiles of Student's t for 2 to 10 values.
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


def spread(values):
    return statistics.stdev(values) if len(values) > 1 else 0.0


def table(head, rows):
    line = lambda cells: "| " + " | ".join(cells) + " |"
    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


def accuracy(records):
    if not records:
        return "not run"
    values = [100 * one["knn_accuracy"] for one in records]
    return f"{statistics.mean(values):.1f} ± {spread(values):.1f}"


def share(ends):
    """1 - sigma from sigma's ends."""
    low, high = 1 - ends[1], 1 - ends[0]
    return f"{low:.3f}" if high - low < 5e-4 else f"{low:.3f} to {high:.3f}"


def order(policies, runs, method):
    """In words: which neighbours and pairs of the published order came out the same way."""
    have = [policy for policy in policies if runs[method, policy]]
    same, other, open_ones = [], [], []
    for one, two in itertools.combinations(have, 2):
        ours = [[100 * record["knn_accuracy"] for record in runs[method, policy]] for policy in (one, two)]
        gap = statistics.mean(ours[0]) - statistics.mean(ours[1])
        error = math.sqrt(sum(spread(values) ** 2 / len(values) for values in ours))
        published = PUBLISHED[one][method] - PUBLISHED[two][method]
        name = f"{title(one)} and {title(two)}"
        if abs(gap) < 2 * error:
            open_ones.append(name)
        elif gap * published > 0:
            same.append(name)
        else:
            other.append(name)
    total = len(same) + len(other) + len(open_ones)
    words = f"Of the {total} pairs of policies {len(same)} come out in the published order"
    words += f", **{len(other)} the other way round** ({'; '.join(other)})" if other else ", none the other way round"
    words += f", and {len(open_ones)} are too close to tell (less than two standard errors: {'; '.join(open_ones)})." if open_ones else "."
    return words


def scatter(path, panels):
    """Error against 1 - sigma, one panel a threshold: points (x low, x high, y, y spread, name)."""
    width, height, left, top = 420, 340, 56, 34
    parts = []
    for number, (name, points) in enumerate(panels):
        x0 = number * (width + 30)
        xs = [x for low, high, *_ in points for x in (low, high)]
        ys = [y + side * dy for _, _, y, dy, _ in points for side in (-1, 1)]
        xr, yr = (min(xs) - 0.03, max(xs) + 0.05), (min(ys) - 1, max(ys) + 1)
        px = lambda x: x0 + left + (x - xr[0]) / (xr[1] - xr[0]) * (width - left - 10)
        py = lambda y: top + (yr[1] - y) / (yr[1] - yr[0]) * (height - top - 50)
        parts.append(f'<text x="{x0 + left}" y="18" font-weight="600">{name}</text>')
        parts.append(f'<rect x="{x0 + left}" y="{top}" width="{width - left - 10}" height="{height - top - 50}" fill="none" stroke="#999"/>')
        for at in range(5):
            x, y = xr[0] + at * (xr[1] - xr[0]) / 4, yr[0] + at * (yr[1] - yr[0]) / 4
            parts.append(f'<text x="{px(x):.1f}" y="{height - 34}" text-anchor="middle" fill="#666">{x:.2f}</text>')
            parts.append(f'<text x="{x0 + left - 6}" y="{py(y) + 4:.1f}" text-anchor="end" fill="#666">{y:.0f}</text>')
        for low, high, y, dy, letters in points:
            middle = (low + high) / 2
            parts.append(f'<path d="M{px(middle):.1f} {py(y - dy):.1f}V{py(y + dy):.1f}M{px(low):.1f} {py(y):.1f}H{px(high):.1f}" stroke="#777"/>')
            parts.append(f'<circle cx="{px(middle):.1f}" cy="{py(y):.1f}" r="4" fill="#0b6bcb"/>')
            parts.append(f'<text x="{px(middle) + 6:.1f}" y="{py(y) - 5:.1f}">{letters}</text>')
        parts.append(f'<text x="{x0 + (width + left) / 2}" y="{height - 10}" text-anchor="middle">1 − σ, smallest class</text>')
        parts.append(f'<text x="{x0 + 14}" y="{(height + top - 50) / 2}" text-anchor="middle" transform="rotate(-90 {x0 + 14} {(height + top - 50) / 2})">kNN error, percent</text>')
    whole = len(panels) * (width + 30)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height}" width="{whole}" font-family="system-ui, sans-serif" font-size="12">'
    path.write_text(head + '<rect width="100%" height="100%" fill="#fff"/>' + "\n".join(parts) + "</svg>\n")


def pairs_section(runs, measured, deltas, seeds):
    rows, panels = [], [(f"δ = {delta}", []) for delta in deltas]
    for pair in PAIRS:
        records = runs["simclr", pair]
        errors = [100 * (1 - record["knn_accuracy"]) for record in records]
        at = measured[pair]["thresholds"]
        rows.append([title(pair), f"{statistics.mean(errors):.1f} ± {spread(errors):.1f}" if errors else "not run", *(share(one["sigma"]) for one in at), *(share(one["mean"]) for one in at)])
        for (_, points), one in zip(panels, at):
            if errors:
                points.append((1 - one["sigma"][1], 1 - one["sigma"][0], statistics.mean(errors), spread(errors), title(pair)))
    rows.sort(key=lambda row: row[1])
    head = ["pair", "kNN error, %", *(f"1 − σ at δ = {delta}" for delta in deltas), *(f"mean of classes, δ = {delta}" for delta in deltas)]
    words = [table(head, rows), ""]
    complete = all(len(runs["simclr", pair]) == len(seeds) for pair in PAIRS)
    if complete:
        scatter(ROOT / "docs" / "augmentations-pairs.svg", panels)
        words += ["![Error against 1 - sigma for the ten pairs](augmentations-pairs.svg)", ""]
        for place, delta in enumerate(deltas):
            for key, name in (("sigma", "the smallest class"), ("mean", "the mean of the classes")):
                middle = [1 - statistics.mean(measured[pair]["thresholds"][place][key]) for pair in PAIRS]
                by_seed = [spearman([1 - runs["simclr", pair][at]["knn_accuracy"] for pair in PAIRS], middle) for at in range(len(seeds))]
                mean, wide = statistics.mean(by_seed), STUDENT[len(seeds)] * spread(by_seed) / math.sqrt(len(seeds)) if len(seeds) in STUDENT else float("nan")
                low, high = max(-1.0, mean - wide), min(1.0, mean + wide)
                words.append(f"- δ = {delta}, {name}: Spearman's rank correlation of error and 1 − σ {mean:.2f}, 95 % interval over seeds {low:.2f} to {high:.2f} (seed by seed {', '.join(f'{one:.2f}' for one in by_seed)}).")
        errors = {pair: statistics.mean(1 - record["knn_accuracy"] for record in runs["simclr", pair]) for pair in PAIRS}
        best = min(errors, key=errors.get)
        sigma = {pair: 1 - statistics.mean(measured[pair]["thresholds"][0]["sigma"]) for pair in PAIRS}
        sharpest = min(sigma, key=sigma.get)
        line = lambda of: " < ".join(title(pair) for pair in sorted(("ab", "ac", "ad", "ae"), key=of.get))
        agrees = lambda pair: "as published" if pair == "ad" else "**not as published**, where it is (a, d)"
        words += [
            f"- Least error of all ten: {title(best)}, {agrees(best)}. Smallest 1 − σ at the first threshold: {title(sharpest)}, {agrees(sharpest)}.",
            f"- With (a) fixed, published for error and for 1 − σ: (a, d) < (a, c) < (a, e) ≈ (a, b). Here, error: {line(errors)}; 1 − σ at the first threshold: {line(sigma)}.",
            "",
        ]
    return "\n".join(words)


def document(runs, measured, deltas, seeds):
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    data = next((records[0]["data"] for records in runs.values() if records), None)
    untrained = sorted({100 * record["knn_accuracy_untrained"] for records in runs.values() for record in records})
    text = [
        "# Augmentations: what they do to distances and to the error",
        "",
        "Written by `make reproduce-augmentations`; not edited by hand.",
        "",
        "The three experiments of Huang, Yi, Zhao and Jiang (arXiv:2111.00743, section 5) in small: (a) crop, (b) blur, (c) grayscale,",
        "(d) colour jitter, (e) flip, each as in the paper (`augsphere policies` lists them; METHODS 3.4). **Another setting than the paper's**",
        f"(ResNet-18, 50,000 images, 800 epochs): the `small` encoder, {data['title'] if data else 'CIFAR-10'}, {STEPS} steps of {BATCH} images, Adam at",
        f"{RATE} with {WARMUP} steps of warm-up and a half cosine. Accuracy is that of the weighted kNN on held-out images (k = 200, T = 0.1, features before",
        f"the projector), mean ± standard deviation over seeds {', '.join(seeds)}; the untrained encoder has {' / '.join(f'{one:.1f}' for one in untrained)} %. The kNN",
        "has 1017 held-out images: one standard error of a single run is about 1.5 points.",
        "",
        f"Commit {commit or 'unknown'}, {time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, on the CPU.",
        "",
        f"1 − σ is computed for {PER_CLASS} images of each class and {VIEWS} views of each (the image itself included; the same random numbers for all",
        f"policies), as the share of a class outside of its largest part whose images are pairwise within δ: largest clique, smallest σ of all classes.",
        f"The thresholds δ = {' and '.join(map(str, deltas)) if deltas else 'unknown'} are the means over the ten pairs of the 3/8 and the 5/8 quantile of the distances within classes",
        "(pixels from 0 to 1, Euclidean). Two numbers are the certain ends of an interval where the clique was not found for sure. How the paper computed",
        "1 − σ is in an appendix that could not be had: this is our definition (METHODS 3.5), biased upwards for finitely many views.",
        "",
    ]
    for name, policies, words in (
        ("1. Richness", RICHNESS, "Published: ever richer is ever better, (a, b) hardly better than (a)."),
        ("2. Strength of (a, d), jitter on every view", STRENGTH, "Published: the stronger, the better."),
    ):
        rows = []
        for policy in policies:
            cells = [title(policy)]
            for method in METHODS:
                cells += [accuracy(runs[method, policy]), f"{PUBLISHED[policy][method]:.2f}"]
            at = measured[policy]["thresholds"] if measured[policy] else []
            rows.append(cells + [share(one["sigma"]) for one in at])
        head = ["policy" if policies is RICHNESS else "strength"]
        for words_of in METHODS.values():
            head += [f"{words_of}, kNN %", "published"]
        head += [f"1 − σ at δ = {delta}" for delta in deltas or []]
        text += [f"## {name}", "", table(head, rows), "", words, ""]
        for method, called in METHODS.items():
            if all(runs[method, policy] for policy in policies):
                text += [f"- {called}: {order(policies, runs, method)}"]
        text += [""]
    text += ["## 3. All ten pairs, SimCLR", ""]
    text += [pairs_section(runs, measured, deltas, seeds) if deltas else "Not run yet."]
    text += ["## How the estimate falls with the number of views", ""]
    if deltas:
        levels = [(level["views"]) for level in measured["ad"]["by_views"]]
        rows = [[title(policy), *(f"{level['within']:.2f}" for level in measured[policy]["by_views"])] for policy in RICHNESS + ["ad"]]
        text += [table(["mean distance within classes", *(f"{views} views" for views in levels)], rows), ""]
        text += ["It has not come to rest at the last column: distances, and 1 − σ with them, are too large, and policies are compared at equal views only.", ""]
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--render", action="store_true", help="write the document from what is there")
    given = parser.parse_args()
    archive = os.environ.get("AUGSPHERE_CIFAR", "")
    if not given.render and not (archive and Path(archive).exists()):
        sys.exit(
            f"augsphere: FAILED: {f'there is no {archive}' if archive else 'no CIFAR-10 archive was named'}.\n"
            "           Give the binary archive: make reproduce-augmentations CIFAR=cifar-10-binary.tar.gz"
        )
    archive = "" if given.render else archive
    CACHE.mkdir(parents=True, exist_ok=True)
    seeds = given.seeds.split(",")
    deltas = thresholds(archive)
    policies = list(dict.fromkeys(RICHNESS + STRENGTH + PAIRS))
    measured = {policy: distances(policy, deltas, archive) if deltas else None for policy in policies}
    if deltas and not all(measured.values()):
        deltas = None
    runs = {}
    # Seed by seed, so that what is there can be shown before all is done.
    wanted = [(method, policy) for method in METHODS for policy in RICHNESS + STRENGTH] + [("simclr", pair) for pair in PAIRS]
    for seed in seeds:
        for method, policy in dict.fromkeys(wanted):
            record = train(method, policy, seed, archive)
            runs.setdefault((method, policy), []).extend([record] if record else [])
    out = ROOT / "docs" / "augmentations.md"
    out.write_text(document(runs, measured, deltas, seeds))
    say(f"wrote {out}")


main()
