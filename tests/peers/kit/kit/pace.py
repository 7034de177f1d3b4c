"""How fast does a run go once it is under way? From when the lines of its metrics.jsonl were there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Sequence

# A point in time, and the steps that were done by then.
Seen = tuple[float, int]


class Watch:
    """Notes when further steps appear in a file."""

    def __init__(self, file: Path) -> None:
        self.file, self.seen, self.place = file, [], 0
        self.steps = 0

    def __call__(self) -> None:
        """Looks once."""
        if not self.file.exists():
            return
        with self.file.open("rb") as lines:
            lines.seek(self.place)
            fresh = lines.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.place += len(whole)
        new = sum(b'"loss"' in line for line in whole.splitlines())
        if new:
            self.steps += new
            self.seen.append((time.monotonic(), self.steps))


def steady(seen: Sequence[Seen]) -> float | None:
    """Seconds a step after the first tenth of the steps, which make the kernels; nothing if too few steps were seen."""
    if not seen:
        return None
    under_way = [(when, steps) for when, steps in seen if steps >= seen[-1][1] / 10]
    (begun, first), (ended, last) = under_way[0], under_way[-1]
    return (ended - begun) / (last - first) if last - first >= 3 else None
