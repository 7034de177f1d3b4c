"""Statistics of few numbers: Student's intervals, paired differences, rank correlation, permutation tests. Pure functions."""

from __future__ import annotations

import itertools
import math
import random
from statistics import fmean, stdev
from typing import NamedTuple, Sequence

# Every permutation up to so many values (8! = 40,320), random ones beyond.
EXACT = 8
DRAWS = 10_000


class Interval(NamedTuple):
    """A mean and the two ends of its confidence interval."""

    mean: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 if the interval lies on that side of 0; 0 if it contains 0, so that nothing can be told."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def student_tail(t: float, freedom: int) -> float:
    """P(T > t) for t of at least 0 and Student's T: half of the regularised incomplete beta function at f / (f + t^2)."""
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2


def student_quantile(level: float, freedom: int) -> float:
    """The t between which and -t a Student's T with so many degrees of freedom lies with probability `level`, in (0, 1)."""
    tail, low, high = (1 - level) / 2, 0.0, 1.0
    while student_tail(high, freedom) > tail:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """The mean with its t-interval; of a single value, which says nothing about its error, the whole line."""
    mean = fmean(values)
    if len(values) < 2:
        return Interval(mean, -math.inf, math.inf)
    wide = student_quantile(level, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - wide, mean + wide)


def paired(a: Sequence[float], b: Sequence[float], level: float = 0.95) -> Interval:
    """The mean of the differences a - b with its t-interval; a and b are of the same seeds in the same order."""
    if len(a) != len(b):
        raise ValueError(f"{len(a)} values cannot be paired with {len(b)}")
    return interval([x - y for x, y in zip(a, b)], level)


def bonferroni(count: int, level: float = 0.95) -> float:
    """The level at which each of `count` intervals must be taken for all of them to hold together with `level`."""
    return 1 - (1 - level) / max(count, 1)


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, ties at their mean."""
    return [sum(other < one for other in values) + (1 + sum(other == one for other in values)) / 2 for one in values]


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation, Pearson's of the ranks; not a number if a side is constant."""
    return _pearson(ranks(a), ranks(b))


def permutation_p(a: Sequence[float], b: Sequence[float], draws: int = DRAWS, seed: int = 0) -> float:
    """How often b in another order correlates with a at least as strongly, in either direction (Spearman).

    Exact up to EXACT values; beyond, of `draws` random orders and the given one: (hits + 1) / (draws + 1). Not a number if a
    side is constant.
    """
    left, right = ranks(a), ranks(b)
    seen = abs(_pearson(left, right))
    if math.isnan(seen):
        return math.nan
    # The sum of products is the only part of the correlation that an order changes.
    middle = fmean(left) * fmean(right) * len(left)
    least = abs(sum(x * y for x, y in zip(left, right)) - middle) - 1e-9

    def hit(order: Sequence[float]) -> bool:
        return abs(sum(x * y for x, y in zip(left, order)) - middle) >= least

    if len(right) <= EXACT:
        orders = list(itertools.permutations(right))
        return sum(map(hit, orders)) / len(orders)
    generator = random.Random(seed)
    return (sum(hit(generator.sample(right, len(right))) for _ in range(draws)) + 1) / (draws + 1)


def _pearson(a: Sequence[float], b: Sequence[float]) -> float:
    mean_a, mean_b = fmean(a), fmean(b)
    top = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b))
    bottom = math.sqrt(sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b))
    return top / bottom if bottom else math.nan


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz; Numerical Recipes, section 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(1 - x))
    tiny = 1e-300
    d = 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    c, fraction = 1.0, d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / ((1 + term * d) or tiny)
            c = (1 + term / c) or tiny
            fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * fraction / a
