"""The learning rate of a method: the same grid for all, chosen on validation images with seeds that are used for nothing else."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .inference import fmean
from .runner import Runner

# Five values over two decades, around Adam's default of 0.001.
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
# Presets were tuned on seeds 0 to 4; fresh ones are for the test images.
TUNING, FRESH = (16, 17), (21, 22, 23, 24, 25)
CHOSEN_BY = "knn_accuracy"


class Tuned(NamedTuple):
    """The mean accuracy on validation images at each rate, nothing where a run diverged; and the rate that was chosen."""

    grid: dict[float, float | None]
    rate: float

    @property
    def at_edge(self) -> bool:
        """Whether a better rate may lie beyond the grid."""
        return self.rate in (min(self.grid), max(self.grid))


def choose(grid: dict[float, float | None]) -> float:
    """The rate with the highest accuracy, the lower one of two alike; the lowest if every one diverged."""
    return max(grid, key=lambda rate: (-1.0 if grid[rate] is None else grid[rate], -rate))


def tune(runner: Runner, name: str, texts: Sequence[str], rates: Sequence[float], seeds: Sequence[int]) -> Tuned:
    """Tries every rate on all of the complete experiments `texts` with all seeds."""
    grid: dict[float, float | None] = {}
    for rate in rates:
        results = [runner.run(text, rate, seed, f"{name}, tuning") for text in texts for seed in seeds]
        scores = [result.measure(CHOSEN_BY) for result in results]
        grid[rate] = None if None in scores else fmean(score for score in scores if score is not None)
    return Tuned(grid, choose(grid))
