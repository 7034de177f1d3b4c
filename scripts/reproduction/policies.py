"""Tables and the figure of policies: accuracies, concentrations, and how distances fall with views."""

from __future__ import annotations

import itertools
from typing import Sequence

from .evidence import METHODS, PAIRS, POLICIES, RICHNESS, STRENGTH, Evidence
from .figure import Point, scatter
from .inference import interval
from .report import percent, table

SETS = {"All ten pairs": PAIRS, "Richness": RICHNESS, "Strength": STRENGTH}

# kNN accuracy on CIFAR-10 in percent, ResNet-18, 800 epochs (tables 1 and 2 of the paper), in the order of METHODS.
PUBLISHED = {
    "a": (62.74, 67.77, 74.94, 61.47),
    "ab": (63.23, 67.83, 75.12, 63.27),
    "abc": (83.50, 82.00, 86.78, 85.38),
    "abcd": (88.48, 85.38, 89.69, 89.34),
    "abcde": (89.76, 86.91, 90.12, 90.59),
    "strength-1": (82.75, 82.58, 86.68, 82.50),
    "strength-2": (78.76, 81.88, 84.30, 81.80),
    "strength-4": (76.37, 79.64, 82.76, 78.80),
    "strength-8": (74.23, 77.96, 81.20, 76.09),
}


def recipe(policy: str) -> str:
    """The name of a policy in the program's catalogue."""
    return "huang_" + policy.replace("-", "_")


def title(policy: str) -> str:
    """The name of a policy for people."""
    if policy.startswith("strength"):
        divisor = policy.rsplit("-", 1)[1]
        return "1" if divisor == "1" else f"1/{divisor}"
    return "(" + ", ".join(policy) + ")"


def accuracies(evidence: Evidence, policies: Sequence[str]) -> str:
    """The accuracy of every method with every policy, with the published one in brackets."""
    rows = []
    for policy in policies:
        cells = [title(policy)]
        for place, method in enumerate(METHODS):
            found = evidence.accuracy(method, policy)
            mark = "" if evidence.learnt(method, policy) else " †"
            published = f" ({PUBLISHED[policy][place]:.2f})" if policy in PUBLISHED else ""
            cells.append((percent(interval(found)) + mark if found else "diverged") + published)
        rows.append(cells)
    return table(["policy", *METHODS.values()], rows)


def order(evidence: Evidence, method: str, policies: Sequence[str]) -> str:
    """Which pairs of policies come in the published order."""
    place, same, close, other = list(METHODS).index(method), 0, 0, []
    for one, two in itertools.combinations(policies, 2):
        gap = evidence.gap(method, one, two)
        published = PUBLISHED[one][place] - PUBLISHED[two][place]
        if gap is None or gap.sign == 0:
            close += 1
        elif gap.sign * published > 0:
            same += 1
        else:
            other.append(f"{title(one)} and {title(two)}")
    turned = f"**{len(other)} the other way round** ({'; '.join(other)})" if other else "none the other way round"
    return (
        f"- {METHODS[method]}: of {same + close + len(other)} pairs of policies {same} in the published order, {turned}, {close} too close to tell."
    )


def concentrations(evidence: Evidence) -> str:
    """The concentration of every policy, within classes and between them."""
    first, second = evidence.deltas
    head = ["policy", f"1 − σ, δ = {first}", f"1 − σ, δ = {second}", f"mean of classes, δ = {first}", f"mean of classes, δ = {second}"]
    head += [f"unlike pairs within δ = {first}", f"within δ = {second}", "distance between / within"]
    rows = []
    for policy in POLICIES:
        name = f"strength {title(policy)}" if policy in STRENGTH else title(policy)
        at = evidence.measured[policy]["thresholds"]
        shares = [span(one[of]) for of in ("sigma", "mean") for one in at]
        rows.append([name, *shares, *(f"{evidence.between(policy, place):.3f}" for place in (0, 1)), f"{evidence.apart(policy):.3f}"])
    return table(head, rows)


def span(sigma: Sequence[float]) -> str:
    """1 - sigma from the certain ends of sigma."""
    low, high = 1 - sigma[1], 1 - sigma[0]
    return f"{low:.3f}" if high - low < 5e-4 else f"{low:.3f} to {high:.3f}"


def pairs_figure(evidence: Evidence) -> str:
    """Test error of the ten pairs against 1 - sigma, a panel for each method."""
    panels = []
    for method, name in METHODS.items():
        found = []
        for policy in PAIRS:
            accuracy = evidence.accuracy(method, policy)
            if accuracy:
                mean, low, high = interval([100 * (1 - one) for one in accuracy])
                low, high = (low, high) if len(accuracy) > 1 else (mean, mean)
                sigma = evidence.measured[policy]["thresholds"][0]["sigma"]
                found.append(Point((1 - sigma[1], 1 - sigma[0]), (mean, low, high), title(policy)))
        panels.append((name, found))
    return scatter(panels, f"1 − σ, smallest class, δ = {evidence.deltas[0]}", "kNN error on test images, percent")


def by_views(evidence: Evidence) -> str:
    """How distances fall with the number of views."""
    shown = [*RICHNESS, "ad", "strength-1"]
    levels = [level["views"] for level in evidence.measured["ad"]["by_views"]]
    name = lambda policy: f"strength {title(policy)}" if policy in STRENGTH else title(policy)
    rows = [[name(policy), *(f"{level['within']:.2f}" for level in evidence.measured[policy]["by_views"])] for policy in shown]
    return table(["mean distance within classes", *(f"{views} views" for views in levels)], rows)
