"""docs/methods.md: what the runs of reproduce_methods.py say, in tables and sentences that follow from the numbers."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .experiments import Budget, Scalar
from .inference import Interval, bonferroni, fmean, interval, paired
from .runner import Result, values
from .report import images, listed, number, paragraphs, percent, points, seeds, table, verdict
from .tuning import CHOSEN_BY, Tuned

REFERENCE, UNTRAINED = "simclr", "random"
PRIMARY, SECOND, PIXELS = "knn_accuracy_test", "probe_accuracy_test", "pixel_knn_accuracy"
GEOMETRY = ("alignment", "uniformity", "std", "effective_rank")
REQUIRED = (PRIMARY, SECOND, PIXELS, CHOSEN_BY, *GEOMETRY)


class Entry(NamedTuple):
    """A method, the knobs of its experiment, what it has of its preset, the rate that it chose, and its fresh runs."""

    method: str
    labels: bool
    knobs: dict[str, Scalar]
    preset: dict[str, dict[str, str]]
    tuned: Tuned | None
    results: list[Result]

    @property
    def name(self) -> str:
        return f"`{self.method}`" + (" (sees labels)" if self.labels else "")

    def mean(self, name: str) -> float | None:
        found = values(self.results, name)
        return fmean(found) if found else None

    def minus(self, other: Entry, name: str, level: float = 0.95) -> Interval | None:
        """The paired difference of a measure."""
        ours, theirs = values(self.results, name), values(other.results, name)
        return paired(ours, theirs, level) if ours and theirs else None


class Comparison(NamedTuple):
    """The methods on one data set."""

    budget: Budget
    entries: list[Entry]

    def named(self, method: str) -> Entry | None:
        return next((one for one in self.entries if one.method == method), None)

    @property
    def reference(self) -> Entry:
        return next(one for one in self.entries if one.method == REFERENCE)

    @property
    def trained(self) -> list[Entry]:
        return [one for one in self.entries if one.tuned]

    def against(self, base: Entry) -> list[tuple[Entry, Interval]]:
        """The difference from `base` of every method that is trained and sees no labels, in the primary measure."""
        others = [one for one in self.trained if one is not base and not one.labels]
        return [(one, gap) for one in others if (gap := one.minus(base, PRIMARY))]


def accuracies(one: Entry, reference: Entry) -> list[str]:
    """The cells of the table of results."""
    cells = [one.name]
    diverged = sum(bool(result.fault) for result in one.results)
    for name in (PRIMARY, SECOND):
        found, gap = values(one.results, name), one.minus(reference, name)
        cells.append(percent(interval(found)) if found else f"diverged in {diverged} of {len(one.results)}" if diverged else "not a number")
        cells += [points(gap), verdict(gap)] if gap and one is not reference else ["", ""]
    return cells


def pixels(one: Entry) -> list[str]:
    """The row of raw pixels."""
    tested = all(result.has(f"{PIXELS}_test") for result in one.results)
    found = values(one.results, f"{PIXELS}_test" if tested else PIXELS)
    return ["raw pixels" + ("" if tested else " (validation images)"), percent(interval(found)) if found else "", "", "", "", "", ""]


def beside_pixels(board: Comparison) -> str:
    """Which methods are above raw pixels, on the validation images of the fresh runs, which chose nothing."""
    raw = values(board.reference.results, PIXELS)
    if not raw:
        return ""
    gaps = {one.method: paired(found, raw) for one in board.trained if (found := values(one.results, CHOSEN_BY))}
    side = lambda sign: listed([method for method, gap in gaps.items() if gap.sign == sign])
    return (
        f"**kNN, against raw pixels** ({percent(interval(raw))} %; both on the validation images of the fresh runs). Higher: {side(1)}. "
        f"Lower: {side(-1)}. Too close to tell: {side(0)}."
    )


def settings(one: Entry) -> list[str]:
    """The cells of the table of settings."""
    at = one.knobs
    momentum = ""
    if str(at["target.kind"]).startswith("momentum"):
        momentum = f"{at['target.momentum']:g}" + (" to 1" if at["target.schedule"] == "cosine" else "")
    norm = str(at["train.batch_norm"]).replace("_", " ") + ("; output too" if at["projector.output_norm"] is True else "")
    rate = f"{one.tuned.rate:g}" + (" (edge)" if one.tuned.at_edge else "") if one.tuned else ""
    own = [f"{name}.{key}".replace("method.", "") + f" {value}" for name, keys in one.preset.items() for key, value in keys.items() if key != "kind"]
    return [one.name, f"{at['projector.dimension']:g}", str(at["optimiser.kind"]), rate, momentum, norm, "; ".join(own)]


def geometry(one: Entry) -> list[str]:
    """The cells of the table of how the embeddings lie."""
    dimension = float(one.knobs["projector.dimension"])
    optimum = next((result.level("uniformity") for result in one.results if not result.fault), None)
    alignment, uniformity, std, rank = map(one.mean, GEOMETRY)
    above = None if uniformity is None or optimum is None else uniformity - optimum
    spread = None if std is None else std * dimension**0.5
    cells = [
        number(alignment),
        number(uniformity),
        number(optimum),
        number(above, "+.2f"),
        number(spread),
        number(rank, ".1f"),
    ]
    return [one.name, f"{dimension:g}", *cells]


def reading(board: Comparison, name: str, words: str) -> str:
    """What the paired differences say, and how many of them chance would make."""
    others = [one for one in board.trained if one is not board.reference and not one.labels]
    gaps = {one.method: gap for one in others if (gap := one.minus(board.reference, name))}
    strict = bonferroni(len(gaps))
    stand = [one.method for one in others if (gap := one.minus(board.reference, name, strict)) and gap.sign]
    side = lambda sign: listed([method for method, gap in gaps.items() if gap.sign == sign])
    return (
        f"**{words}, against SimCLR.** Higher: {side(1)}. Lower: {side(-1)}. Too close to tell: {side(0)}. Of these {len(gaps)} "
        f"comparisons chance alone would tell {0.05 * len(gaps):.1f} apart; with intervals so wide that all of them hold together (Bonferroni) these "
        f"remain: {listed(stand)}."
    )


RESULTS = ["method", "kNN, test, %", "minus SimCLR", "verdict", "linear probe, test, %", "minus SimCLR", "verdict"]
SETTINGS = ["method", "dimension", "optimiser", "rate", "momentum of the target", "batch normalisation", "from its preset"]
LIE = ["method", "dimension", "alignment", "uniformity", "its optimum", "above it", "std times root of d", "effective rank"]


def results(board: Comparison) -> str:
    """The tables of one data set."""
    ranked = sorted(board.entries, key=lambda one: -(one.mean(PRIMARY) or 0))
    rates = list(board.reference.tuned.grid) if board.reference.tuned else []
    tried = [(one, one.tuned) for one in board.trained if one.tuned]
    score = lambda value: "diverged" if value is None else f"{100 * value:.1f}"
    return paragraphs([
        table(RESULTS, [*(accuracies(one, board.reference) for one in ranked), pixels(board.reference)]),
        reading(board, PRIMARY, "kNN"),
        reading(board, SECOND, "Linear probe"),
        beside_pixels(board),
        "### What stood fixed, and the rate that was chosen",
        table(SETTINGS, map(settings, board.trained)),
        f"At the edge of the grid, so that a better rate may lie beyond it: {listed([one.method for one, tuned in tried if tuned.at_edge])}.",
        "### How the embeddings lie",
        table(LIE, map(geometry, board.trained)),
        COLUMNS,
        "### The grid",
        "Mean kNN accuracy on validation images in percent, by rate, over the tuning seeds.",
        table(["method", *(f"{rate:g}" for rate in rates)], [[one.name, *map(score, tuned.grid.values())] for one, tuned in tried]),
    ]).rstrip()  # fmt: skip


def earlier(shapes: Comparison, cifar: Comparison | None) -> str:
    """What the edition before this protocol said, and what these numbers say to it."""
    says = lambda holds: "This holds" if holds else "This no longer holds"
    lines = []
    if random := shapes.named(UNTRAINED):
        lifts = shapes.against(random)
        surely = [one.method for one, lift in lifts if lift.low >= 0.1]
        nothing = [one.method for one, lift in lifts if lift.sign <= 0]
        lines.append(
            f"- *Every method lifts the kNN by 10 points or more.* {says(len(surely) == len(lifts))}: over the random encoder the lower end of "
            f"the lift is at 10 points or more for {len(surely)} of {len(lifts)} methods ({listed(surely)}). Not told from it, or below: "
            f"{listed(nothing)}."
        )
    vicreg = shapes.named("vicreg")
    if gap := vicreg.minus(shapes.reference, PRIMARY) if vicreg else None:
        three = "SimCLR's embedding then had three dimensions, for the picture's sake."
        lines.append(f"- *VICReg is far ahead of SimCLR.* {says(gap.sign > 0)}: the difference is {points(gap)} points. {three}")
    order = "- *On CIFAR-10 the methods come in an order*, from one seed, all eight within 6 points."
    if cifar:
        top = max((one for one in cifar.trained if not one.labels), key=lambda one: one.mean(PRIMARY) or 0)
        gaps = cifar.against(top)
        close = [one.method for one, gap in gaps if gap.sign == 0]
        lines.append(
            f"{order} `{top.method}` has the highest mean now, and {len(close)} of the other {len(gaps)} are too close to it to tell: "
            f"{listed(close)}."
        )
    else:
        lines.append(f"{order} One seed supports none; it was not measured again here.")
    return "\n".join(lines)


PUBLISHED = {
    "simclr": "90.7 (solo-learn, 1000 epochs)",
    "moco_v2": "90.7 (authors' demo, 800 epochs, symmetric loss)",
    "byol": "92.6 (solo-learn, 1000 epochs)",
    "simsiam": "91.8 (authors, 800 epochs)",
    "barlow_twins": "92.1 (solo-learn, 1000 epochs)",
    "vicreg": "92.1 (solo-learn, 1000 epochs)",
    "spectral": "92.1 (authors, 800 epochs)",
}

COLUMNS = """\
Means over the fresh runs, on validation images; views are those of the run's augmentations. Beside the uniformity (t = 2) stands the least that is
possible in that many dimensions: only the distance from it can be compared between unlike dimensions, the std only times the root of the dimension
(1 is an even spread), the rank only with the dimension."""

SMALL = "*The small form: fewer steps and smaller batches, one tuning seed, no CIFAR-10. `make reproduce-methods` makes the full one.*"

EARLIER = """\
It told the best that presets tuned by hand reached on the very seeds and images of their tuning, with unlike rates, dimensions and warm-ups."""

PROTOCOL = """\
- **One experiment for all.** Data, augmentations and encoder are those of the preset of SimCLR on the same data; every method has the same steps,
  batch, warm-up (a tenth of the steps), half cosine and Adam. The projector has the widths and layers that the catalogue gives the method; the
  three dimensions that some presets have for the picture's sake are not taken over.
- **Only the rate is tuned,** on the same {rates} values for all, with {tuning}, by the kNN accuracy on validation images. Whatever else a method
  has (temperature, weights, momentum, predictor) is as its preset or the catalogue has it. That favours methods whose other settings happen to be
  good ones, and the presets were once tuned by hand, on seeds 0 to 4.
- **Then fresh ones,** {fresh}, on test images, which had no say in anything. On shapes a seed draws the images, the weights, the batches and the
  views.
- **Intervals** are Student's over the seeds, 95 %, which takes the values as normal. Differences are paired by seed; where the interval contains 0,
  the verdict is *too close to tell*.
- **Measures** are of the features before the projector after the last step, not the best one: kNN with k = 200 and T = 0.1, and a linear probe
  ([protocol](protocol.md)). The kNN was named beforehand as the one that counts; the probe had no say in the rate.
- `random` is the encoder as it was drawn, with the statistics of its normalisation settled on the data as in training."""


def document(made: str, line: str, small: bool, tuning: Sequence[int], fresh: Sequence[int], shapes: Comparison, cifar: Comparison | None) -> str:
    """The whole document."""
    rates = len(shapes.reference.tuned.grid) if shapes.reference.tuned else 0
    title = lambda board: f", `{board.reference.knobs['encoder.size']}` encoder, {board.budget.words()}"
    missing = (
        "Not part of the small form." if small else "Not measured: give the binary archive, `make reproduce-methods CIFAR=cifar-10-binary.tar.gz`."
    )
    same = "Here a seed does not draw the test images, so the intervals do not say how other test images would have done."
    return paragraphs([
        SMALL if small else "",
        "# Methods: which learns what, at equal budgets",
        f"Written by `{line}`; not edited by hand. {made}",
        "## How it was measured",
        PROTOCOL.format(rates=rates, tuning=seeds(tuning), fresh=seeds(fresh)),
        f"## Drawn shapes{title(shapes)}",
        images(shapes.reference.results),
        results(shapes),
        f"## CIFAR-10{title(cifar) if cifar else ''}",
        f"{images(cifar.reference.results)} {same}" if cifar else missing,
        results(cifar) if cifar else "",
        "## What no longer holds of the earlier edition",
        EARLIER + (" It had 400 steps of 128 images; what does not hold in this small form may hold with as many." if small else ""),
        earlier(shapes, cifar),
        "## Published",
        "On CIFAR-10 with ResNet-18 and a linear classifier: another setting, not to be compared with the numbers above.",
        table(["method", "linear accuracy, %"], [[f"`{name}`", words] for name, words in PUBLISHED.items()]),
    ])  # fmt: skip
