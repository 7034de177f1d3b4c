"""What the runs and distances of reproduce_augmentations.py amount to, policy by policy."""

from __future__ import annotations

import itertools
import math
from typing import Any, Callable, NamedTuple, Sequence

from .inference import Interval, fmean, interval, paired, permutation_p, spearman
from .runner import Result, values
from .tuning import CHOSEN_BY, Tuned

METHODS = {"simclr": "SimCLR", "barlow_twins": "Barlow Twins", "moco_v2": "MoCo", "simsiam": "SimSiam"}
BASELINE = "random"
RICHNESS = ["a", "ab", "abc", "abcd", "abcde"]
STRENGTH = ["strength-1", "strength-2", "strength-4", "strength-8"]
PAIRS = ["".join(pair) for pair in itertools.combinations("abcde", 2)]
POLICIES = list(dict.fromkeys(RICHNESS + STRENGTH + PAIRS))
PRIMARY, PIXELS = "knn_accuracy_test", "pixel_knn_accuracy"
REQUIRED = (PRIMARY, PIXELS, CHOSEN_BY)


class Correlation(NamedTuple):
    """Spearman's rank correlation with the mean error over so many policies, its permutation p, and its mean over the seeds."""

    policies: int
    rho: float
    p: float
    over_seeds: Interval


class Evidence(NamedTuple):
    """All results: runs by method and policy in the order of the fresh seeds, distances by policy, the rate of each method."""

    runs: dict[tuple[str, str], list[Result]]
    measured: dict[str, dict[str, Any]]
    tuned: dict[str, Tuned]
    tuning: Sequence[int]
    fresh: Sequence[int]

    def accuracy(self, method: str, policy: str) -> list[float] | None:
        """The kNN accuracy on test images, seed by seed; nothing if a run diverged."""
        return values(self.runs[method, policy], PRIMARY)

    def validation(self, method: str, policy: str) -> float:
        """The mean accuracy on validation images; below all if a run diverged."""
        found = values(self.runs[method, policy], CHOSEN_BY)
        return fmean(found) if found else -1.0

    def gap(self, method: str, one: str, two: str, level: float = 0.95) -> Interval | None:
        """The accuracy with one policy minus that with another, paired by seed."""
        ours, theirs = self.accuracy(method, one), self.accuracy(method, two)
        return paired(ours, theirs, level) if ours and theirs else None

    def lift(self, method: str, policy: str) -> Interval | None:
        """The accuracy minus that of the encoder that is not trained, paired by seed."""
        ours, theirs = self.accuracy(method, policy), self.accuracy(BASELINE, "abcde")
        return paired(ours, theirs) if ours and theirs else None

    def learnt(self, method: str, policy: str) -> bool:
        """Whether the lift can be told from nothing."""
        lift = self.lift(method, policy)
        return bool(lift and lift.sign > 0)

    @property
    def deltas(self) -> list[float]:
        """The two thresholds."""
        return [at["delta"] for at in self.measured[PAIRS[0]]["thresholds"]]

    def spread(self, policy: str, place: int = 0, of: str = "sigma") -> float:
        """1 - sigma at a threshold: of the smallest class (`sigma`) or the mean of the classes (`mean`); 0 is the sharpest."""
        return 1 - fmean(self.measured[policy]["thresholds"][place][of])

    def between(self, policy: str, place: int = 0) -> float:
        """The share of the pairs of images of unlike classes that are within a threshold."""
        return float(self.measured[policy]["thresholds"][place]["between"])

    def apart(self, policy: str) -> float:
        """The mean distance between classes over that within them; 1 if the policy leaves no class apart from another."""
        return self.measured[policy]["between"] / self.measured[policy]["within"]

    def sharpest(self, policies: Sequence[str]) -> str:
        """The policy with the least 1 - sigma of the smallest class; where that is alike, of the mean of the classes."""
        return min(policies, key=lambda policy: [self.spread(policy, place, of) for place in (0, 1) for of in ("sigma", "mean")])

    def most_accurate(self, method: str, policies: Sequence[str]) -> str:
        """By validation images, so that the test images can say by how much without having chosen."""
        return max(policies, key=lambda policy: self.validation(method, policy))

    def correlation(self, method: str, policies: Sequence[str], of: Callable[[str], float]) -> Correlation | None:
        """How a number of the policies goes with the test error of a method; nothing of fewer than three policies."""
        have = [(policy, found) for policy in policies if (found := self.accuracy(method, policy))]
        if len(have) < 3:
            return None
        numbers = [of(policy) for policy, _ in have]
        # Rounded, so that what is alike stays alike after a sum.
        errors = [round(1 - fmean(found), 12) for _, found in have]
        by_seed = [spearman([1 - found[at] for _, found in have], numbers) for at in range(len(self.fresh))]
        over_seeds = Interval(math.nan, math.nan, math.nan) if any(map(math.isnan, by_seed)) else interval(by_seed)
        return Correlation(len(have), spearman(errors, numbers), permutation_p(errors, numbers), over_seeds)
