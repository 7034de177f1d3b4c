"""Tables and phrases of the documents."""

from __future__ import annotations

import math
from typing import Iterable, Sequence

from .inference import Interval
from .runner import Result


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    line = lambda cells: "| " + " | ".join(cells) + " |"
    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


def percent(of: Interval) -> str:
    """A share from 0 to 1 with its interval, in percent."""
    return f"{100 * of.mean:.1f} {ends(of, '.1f')}".rstrip()


def points(of: Interval) -> str:
    """A difference of shares with its interval, in percentage points."""
    return f"{100 * of.mean:+.1f} {ends(of, '+.1f')}".rstrip()


def ends(of: Interval, form: str) -> str:
    if math.isinf(of.low):
        return ""
    return f"[{100 * of.low:{form}}, {100 * of.high:{form}}]"


def verdict(of: Interval) -> str:
    return {1: "higher", -1: "lower", 0: "too close to tell"}[of.sign]


def number(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None or math.isnan(value) else f"{value:{form}}"


def listed(names: Sequence[str]) -> str:
    """Names as code in a sentence; a word for none."""
    return ", ".join(f"`{name}`" for name in names) or "none"


def seeds(of: Sequence[int]) -> str:
    """`seed 16` or `seeds 21, 22, 23`."""
    return ("seed " if len(of) == 1 else "seeds ") + ", ".join(map(str, of))


def images(results: Sequence[Result]) -> str:
    """The counts of images that the runs really had."""
    data: dict[str, int] = next((result.summary["data"] for result in results if result.summary.get("data")), {})
    kinds = (("train", "training"), ("validation", "validation"), ("test", "test"))
    return "; ".join(f"{data[key]} {words} images" for key, words in kinds if key in data) + "."


def paragraphs(parts: Iterable[str]) -> str:
    """A document of its parts; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
