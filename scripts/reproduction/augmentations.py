"""docs/augmentations.md: what the runs of reproduce_augmentations.py say, in tables and sentences that follow from the numbers."""

from __future__ import annotations

import math
from typing import Callable, Sequence

from .evidence import BASELINE, METHODS, PAIRS, PIXELS, POLICIES, RICHNESS, STRENGTH, Correlation, Evidence
from .experiments import knobs
from .inference import Interval, bonferroni, interval
from .runner import values
from .policies import SETS, accuracies, by_views, concentrations, order, title
from .report import images, paragraphs, percent, points, seeds, table


def correlations(evidence: Evidence) -> str:
    """The table of what goes with the error, and what of it counts."""
    first, second = evidence.deltas
    named = f"1 − σ, smallest class, δ = {first}"
    numbers: dict[str, Callable[[str], float]] = {
        named: evidence.spread,
        f"1 − σ, smallest class, δ = {second}": lambda policy: evidence.spread(policy, 1),
        f"1 − σ, mean of classes, δ = {first}": lambda policy: evidence.spread(policy, 0, "mean"),
        f"unlike pairs within δ = {first}": evidence.between,
        "distance between / within": evidence.apart,
    }
    sets = {**SETS, "All policies": POLICIES}
    asked = [("All ten pairs", of) for of in numbers] + [(words, named) for words in ("Pairs that learn", *sets) if words != "All ten pairs"]
    rows = []
    for words, of in asked:
        learnt = {method: [policy for policy in PAIRS if evidence.learnt(method, policy)] for method in METHODS}
        cells = [correlated(evidence.correlation(method, sets.get(words, learnt[method]), numbers[of])) for method in METHODS]
        rows.append([words, of, *cells])
    primary = {name: found for method, name in METHODS.items() if (found := evidence.correlation(method, PAIRS, evidence.spread))}
    held = 1 - bonferroni(len(primary))
    told = {name: found for name, found in primary.items() if found.p < held}
    untold = "; ".join(name for name in primary if name not in told)
    in_words = lambda name: f"{name} (ρ = {told[name].rho:+.2f}, p = {told[name].p:.4f})"
    side = lambda sign: "; ".join(in_words(name) for name in told if told[name].rho * sign > 0)
    words = (
        "Each cell is ρ, p, and the interval of ρ over seeds. Named beforehand as what counts: the first row, all ten pairs and 1 − σ of the "
        f"smallest class, as in the paper. These are {len(primary)} tests, so each is held to p < {held:.4f}. **By that measure sharper "
        f"concentration goes with less error for: {side(1) or 'no method'}{f'; with more error for: {side(-1)}' if side(-1) else ''}"
        f"{f'; it cannot be told for: {untold}' if untold else ''}.** The other rows are to be looked at, not counted; four policies have 24 orders, "
        "so p cannot be below 0.0833 there."
    )
    return paragraphs([table(["policies", "against the error", *METHODS.values()], rows), words]).rstrip()


def correlated(found: Correlation | None) -> str:
    """A cell of that table."""
    if found is None or math.isnan(found.rho):
        return "-"
    over = found.over_seeds
    seeds = f" [{max(over.low, -1):+.2f}, {min(over.high, 1):+.2f}]" if math.isfinite(over.low) else ""
    return f"{found.rho:+.2f}, p = {found.p:.4f}{seeds}"


def against(evidence: Evidence) -> str:
    """The policy with the sharpest concentration beside the most accurate one: what speaks against the theorem's reading."""
    lines = []
    alike = refuted = close = 0
    for words, policies in SETS.items():
        sharpest = evidence.sharpest(policies)
        merged = max(policies, key=evidence.between)
        told = []
        for method, name in METHODS.items():
            best, gap = best_gap(evidence, method, policies, sharpest)
            alike += best == sharpest
            refuted += bool(gap and gap.sign > 0)
            close += bool(gap and gap.sign <= 0)
            lead = f", by {points(gap)} points ({'**more**' if gap.sign > 0 else 'too close to tell'})" if gap else ""
            told.append(f"{name} with {'the same' if best == sharpest else title(best)}{lead}")
        most = "the same policy does" if merged == sharpest else f"{title(merged)} does, {100 * evidence.between(merged):.0f} %"
        lines.append(
            f"- **{words}.** The sharpest is {title(sharpest)}: 1 − σ = {evidence.spread(sharpest):.3f} at δ = {evidence.deltas[0]}. It brings "
            f"{100 * evidence.between(sharpest):.0f} % of the pairs of unlike classes within δ, too; the most of them {most}. "
            f"Most accurate: {'; '.join(told)}."
        )
    lines += [
        "",
        f"Of {len(METHODS) * len(SETS)} cases, a method on a set of policies each, the sharpest policy is also the most accurate in {alike}, as "
        f"the reading has it; in **{refuted}** another one is, and the interval of its lead leaves out 0, which speaks against the reading; in "
        f"{close} they cannot be told apart.",
    ]
    return "\n".join(lines)


def best_gap(evidence: Evidence, method: str, policies: Sequence[str], sharpest: str) -> tuple[str, Interval | None]:
    """The most accurate policy and how far it is above the sharpest, with an interval that holds for all policies it was chosen from."""
    best = evidence.most_accurate(method, policies)
    return best, None if best == sharpest else evidence.gap(method, best, sharpest, bonferroni(len(policies) - 1))


def earlier(evidence: Evidence) -> str:
    """What the edition before this protocol said of CIFAR-10, and what these numbers say to it."""
    says = lambda holds: "This holds" if holds else "This no longer holds"
    lines = []
    if found := evidence.correlation("simclr", PAIRS, evidence.spread):
        lines.append(
            f"- *The error of SimCLR over the ten pairs goes with 1 − σ: ρ = 0.57, interval 0.31 to 0.83.* {says(found.p < 0.05 and found.rho > 0)}: "
            f"ρ = {found.rho:+.2f}, p = {found.p:.4f}. That interval was over three seeds and took the ten pairs for all that there are."
        )
    best, sharpest = evidence.most_accurate("simclr", PAIRS), evidence.sharpest(PAIRS)
    gap = evidence.gap("simclr", best, "ad")
    lead = f", {points(gap)} points above (a, d)" if gap and best != "ad" else ""
    lines.append(
        f"- *(a, d) has the least error and the smallest 1 − σ of the ten.* {says(best == sharpest == 'ad')}: "
        f"the most accurate is {title(best)}{lead}; the sharpest is {title(sharpest)}."
    )
    steps = [evidence.gap("simclr", one, two) for one, two in (("ad", "ac"), ("ac", "ae"), ("ac", "ab"))]
    told = sum(bool(gap and gap.sign > 0) for gap in steps)
    lines.append(
        f"- *With (a) fixed, the error is in the published order: (a, d) < (a, c) < (a, e), (a, b).* {says(told == 3)}: "
        f"{told} of these 3 steps can be told."
    )
    gaps = [evidence.gap("barlow_twins", "strength-1", other) for other in STRENGTH[1:]]
    below = sum(bool(gap and gap.sign < 0) for gap in gaps)
    rate = evidence.tuned["barlow_twins"].rate
    lines.append(
        f"- *Barlow Twins is worst at strength 1.* {says(below == 3)}: "
        f"with a rate of its own ({rate:g}) it is below {below} of the other 3 strengths there."
    )
    return "\n".join(lines)


SMALL = "*The small form: fewer steps, seeds, images and views, the `tiny` encoder. `make reproduce-augmentations CIFAR=...` makes the full one.*"

ABOUT = """\
The three experiments of Huang, Yi, Zhao and Jiang (arXiv:2111.00743, section 5) in small: (a) crop, (b) blur, (c) grayscale, (d) colour jitter, (e)
flip, each as in the paper (`augsphere policies` lists them). **Another setting than the paper's** (CIFAR-10, ResNet-18, 50,000 images, 800 epochs,
the best epoch)."""

PROTOCOL = """\
- **Data and budget.** {words}: {images} The `{encoder}` encoder, {steps} steps of {batch} images, Adam with a warm-up of a tenth of the steps and a
  half cosine, the same for all. What else a method has (temperature, momentum, predictor) is as its preset has it.
- **Rate.** {rates} values, the same for all, with {tuning}, by the kNN accuracy on validation images, the mean over the policies (a, d) and (a, b,
  c, d, e); the best one then serves with every policy: {chosen}.
- **Accuracy** is that of the weighted kNN (k = 200, T = 0.1, features before the projector, after the last step) on test images, which had no say
  in anything: means over the fresh {fresh} with 95 % t-intervals, in percent. Differences are paired by seed; where the interval contains 0 they
  are *too close to tell*. Of the {comparisons} comparisons with the published order chance alone would tell about {chance} apart. † stands where a
  method cannot be told from the encoder as it was drawn ({untrained} %), or lies below it: an order among those is noise.
  Raw pixels have {pixels} % on the validation images of the same seeds.
- **Concentration.** 1 − σ is the share of a class outside of its largest part whose images are pairwise within δ, by augmented distances (pixels
  from 0 to 1, Euclidean) of {per_class} images of each class and {views} views of each, the image itself among them, with the same random numbers
  for all policies. The thresholds δ = {deltas} are the means over the ten pairs of the 3/8 and the 5/8 quantile of the distances within classes.
  Two numbers are the certain ends of an interval where the largest part was not found for sure. How the paper computed 1 − σ is in an appendix that
  could not be had: this is a definition of our own, and it is biased upwards for finitely many views.
- **Correlation.** Spearman's ρ of the mean error with a number of the policies. Its p is two-sided, of permuting the policies (all orders up to 8
  of them, 10,000 random ones beyond); the interval over seeds only says how much the same policies would vary."""

COLUMNS = """\
1 − σ is that of the smallest class, then the mean of the classes: 0 is the sharpest. Unlike pairs are pairs of images of two classes; the theorem
takes none of them to come together. Between / within is the mean distance of images of two classes over that of images of one."""

READING = """\
Theorem 1 bounds the error of the nearest class centre by (1 − σ) + R_ε. Read as *the sharper the concentration, the smaller the error*, it would
have the sharpest policy be the most accurate. The theorem says less than that: it takes the classes to share no view, and it counts what the
encoder does not bring together (R_ε) as well. The most accurate policy is chosen on validation images; its lead over the sharpest is on test
images, with an interval that holds for all the policies it was chosen from (Bonferroni)."""

OTHER_DATA = """\
Its claims were about CIFAR-10, and these numbers are of drawn shapes, which say nothing to them. What was wrong with it: the rate of every method
was SimCLR's, held-out images served for everything, the interval of its correlation was over three seeds and not over policies, and its rule for
ties was too lax for three seeds."""


def document(made: str, line: str, small: bool, evidence: Evidence, text: str, figure: str) -> str:
    """The whole document."""
    cifar = knobs(text)["data.kind"] == "cifar10"
    return paragraphs([
        SMALL if small else "",
        "# Augmentations: what they do to distances and to the error",
        f"Written by `{line}`; not edited by hand. {made}",
        ABOUT,
        "## How it was measured",
        protocol(evidence, text),
        "" if cifar else "Drawn shapes are no photographs, and need not follow the published order, which is that of CIFAR-10.",
        "## 1. Richness",
        accuracies(evidence, RICHNESS),
        "Published, in brackets: ever richer is ever better, (a, b) hardly better than (a).",
        "\n".join(order(evidence, method, RICHNESS) for method in METHODS),
        "## 2. Strength of (a, d), jitter on every view",
        accuracies(evidence, STRENGTH),
        "Published, in brackets: the stronger, the better.",
        "\n".join(order(evidence, method, STRENGTH) for method in METHODS),
        "## 3. All ten pairs",
        accuracies(evidence, PAIRS),
        f"![Error against 1 - sigma for the ten pairs]({figure})",
        "## Concentration, within classes and between them",
        concentrations(evidence),
        COLUMNS,
        "## Does sharper concentration go with less error?",
        correlations(evidence),
        "## What speaks against the theorem's reading",
        READING,
        against(evidence),
        "## What no longer holds of the earlier edition",
        earlier(evidence) if cifar else OTHER_DATA,
        "## How the estimate falls with the number of views",
        by_views(evidence),
        "Where it has not come to rest at the last column, distances, and 1 − σ with them, are too large; policies are compared at equal views only.",
    ])  # fmt: skip


def protocol(evidence: Evidence, text: str) -> str:
    """How it was measured, with the numbers of this form."""
    at, first, baseline = knobs(text), evidence.measured["ad"], evidence.accuracy(BASELINE, "abcde")
    raw = values(evidence.runs["simclr", "ad"], PIXELS)
    chosen = [f"{METHODS[method]} {tuned.rate:g}{' (edge of the grid)' if tuned.at_edge else ''}" for method, tuned in evidence.tuned.items()]
    comparisons = len(METHODS) * sum(len(policies) * (len(policies) - 1) // 2 for policies in (RICHNESS, STRENGTH))
    return PROTOCOL.format(
        words={"cifar10": "CIFAR-10", "shapes": "Drawn shapes"}[str(at["data.kind"])],
        images=images(evidence.runs["simclr", "ad"]),
        encoder=at["encoder.size"],
        steps=f"{at['train.steps']:g}",
        batch=f"{at['train.batch']:g}",
        rates=len(evidence.tuned["simclr"].grid),
        tuning=seeds(evidence.tuning),
        chosen="; ".join(chosen),
        fresh=seeds(evidence.fresh),
        comparisons=comparisons,
        chance=f"{0.05 * comparisons:.0f}",
        untrained=percent(interval(baseline)) if baseline else "not a number",
        pixels=percent(interval(raw)) if raw else "not a number",
        per_class=max(first["images"]),
        views=first["views"],
        deltas=" and ".join(map(str, evidence.deltas)),
    )
