"""How long may a part take, so that the whole ends in time and every later part still gets its turn?"""

from __future__ import annotations

from typing import NamedTuple, Sequence


class Part(NamedTuple):
    """A part: `reserve` seconds are kept for it, and it may take `most` where others have left time."""

    name: str
    reserve: float
    most: float


def limit(parts: Sequence[Part], name: str, left: float) -> float | None:
    """Seconds that a part may take of those that are left; nothing if less than half of its reserve is there."""
    at = next(index for index, part in enumerate(parts) if part.name == name)
    later = sum(part.reserve for part in parts[at + 1 :])
    granted = min(parts[at].most, left - later)
    return granted if granted >= parts[at].reserve / 2 else None
