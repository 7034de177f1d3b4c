"""Puts the results of the parts together: kit.json for `make bench`, and table.md to read."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Mapping

from .parts import PLAN
from .table import table


def parts(out: Path) -> dict[str, dict[str, Any]]:
    """What each part has left, in their order; a part that never came to its turn says so."""
    found = {}
    for name in ("machine", *(part.name for part in PLAN)):
        try:
            found[name] = json.loads((out / f"{name}.json").read_text())
        except (OSError, ValueError):
            found[name] = {"part": name, "status": "left out", "reason": "it was not reached", "seconds": 0, "limit": None, "result": None}
    return found


def card(found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The card by name and driver: as its driver tells, else as the program lists it, else the processor."""
    facts = found["machine"]["result"] or {}
    told = facts.get("card") or {}
    if told.get("name"):
        return told
    # Not one through OpenGL, which the kit does not measure.
    device = next((device for device in found["self-test"]["result"] or [] if device["backend"] in ("Vulkan", "CUDA")), None)
    if device:
        software = " (in software: it says nothing of a card)" if device["software"] else ""
        return {**told, "name": device["name"] + software, "driver": told.get("driver") or device["driver"]}
    return {"name": f"none; {(facts.get('machine') or {}).get('cpu', 'an unknown processor')}", "driver": ""}


def merge(about: Mapping[str, Any], found: Mapping[str, dict[str, Any]], quick: bool) -> dict[str, Any]:
    """The record of a whole run of the kit, its table included."""
    facts = found["machine"]["result"] or {}
    record = {
        "kit": dict(about),
        "card": card(found),
        "machine": facts.get("machine") or {},
        "python": facts.get("python") or {},
        "date": facts.get("date", "at an unknown time"),
        "quick": quick,
        "seconds": round(sum(part["seconds"] for part in found.values())),
        "parts": dict(found),
    }
    return {**record, "table": table(record)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    about = json.loads((given.kit / "about.json").read_text())
    record = merge(about, parts(given.out), given.quick)
    (given.out / "kit.json").write_text(json.dumps(record, indent=1) + "\n")
    (given.out / "table.md").write_text(f"## On a card: {record['card']['name']}\n\n{record['table']}")


if __name__ == "__main__":
    main()
