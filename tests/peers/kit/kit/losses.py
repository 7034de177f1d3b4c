"""How far are the losses of a run on a card from those of the same run on the CPU?"""

from __future__ import annotations

import json
import math
from typing import Any, Sequence

# All that the program computes is in 32 bits. Rounding differs in the first step by this much at most. Training then amplifies it: a card that computed rightly (an H100 through
# Vulkan) was 9e-7 away at the first step and 5e-3 at the twentieth.
FIRST = 1e-5
LATER = 5e-2

def losses(text: str) -> list[float | None]:
    """The losses of metrics.jsonl in the order of their steps; nothing where it was not a finite number. A line that was cut off is left out."""
    found: dict[int, float | None] = {}
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "loss" in entry:
            found[entry["step"]] = entry["loss"]
    return [found[step] for step in sorted(found)]


def difference(one: float | None, other: float | None) -> float:
    """The relative difference; infinite where one of them is no finite number."""
    if one is None or other is None or not math.isfinite(one) or not math.isfinite(other):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other), 1e-12)


def compare(reference: Sequence[float | None], other: Sequence[float | None]) -> dict[str, Any]:
    """The relative differences step by step, the first and the greatest of them, and whether they are as expected."""
    steps = [difference(one, two) for one, two in zip(reference, other)]
    if not steps:
        return {"steps": 0, "passed": False, "reason": "there is no step that both have"}
    greatest = max(steps)
    passed = len(steps) == len(reference) and steps[0] <= FIRST and greatest <= LATER
    told = [value if math.isfinite(value) else None for value in steps]
    return {
        "steps": len(steps),
        "of": len(reference),
        "first": told[0],
        "greatest": max(steps) if math.isfinite(greatest) else None,
        "greatest_at": steps.index(greatest) + 1,
        "differences": told,
        "expected_first": FIRST,
        "expected_greatest": LATER,
        "passed": passed,
    }
