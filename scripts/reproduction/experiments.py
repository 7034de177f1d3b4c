"""Experiments of many methods that share everything but the method, taken from the program's own presets."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Union

Scalar = Union[str, float, bool]

# What a method's preset keeps of its own; widths and depths of the projector are those that the catalogue gives the method.
OWN = ("method", "predictor", "target")
OWN_KNOBS = {"projector": "output_norm"}
# What all methods take from the preset of SimCLR on the same data.
COMMON = ("data", "augment", "second", "encoder")


class Budget(NamedTuple):
    """What every run may use."""

    train: int
    validation: int
    test: int
    steps: int
    batch: int

    @property
    def warmup(self) -> int:
        return self.steps // 10

    def words(self) -> str:
        return f"{self.steps} steps of {self.batch} images"


def sections(toml: str) -> dict[str, dict[str, str]]:
    """The tables of an experiment's file as `{section: {key: value as written}}`; keys before the first table are in ''."""
    out: dict[str, dict[str, str]] = {"": {}}
    name = ""
    for line in map(str.strip, toml.splitlines()):
        if line.startswith("["):
            name = line.strip("[]")
            out.setdefault(name, {})
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            out[name][key.strip()] = value.strip()
    return out


def knobs(toml: str) -> dict[str, Scalar]:
    """Every knob of an experiment by its dotted path."""
    return {f"{name}.{key}".lstrip("."): scalar(value) for name, table in sections(toml).items() for key, value in table.items()}


def scalar(written: str) -> Scalar:
    if written in ("true", "false"):
        return written == "true"
    try:
        return float(written)
    except ValueError:
        return written.strip("\"'")


def own(preset: str) -> dict[str, dict[str, str]]:
    """What of a preset belongs to its method."""
    tables = sections(preset)
    kept = {name: tables[name] for name in OWN if name in tables}
    for name, key in OWN_KNOBS.items():
        if key in tables.get(name, {}):
            kept[name] = {key: tables[name][key]}
    return kept


def experiment(base: str, method: str, preset: str, budget: Budget, changes: Mapping[str, Mapping[str, str]]) -> str:
    """The file of an experiment: data, augmentations and encoder of `base`, the method as `preset` (or the catalogue) has it, and
    `changes` on top, as `{section: {key: value as written}}`."""
    tables = {name: dict(table) for name, table in sections(base).items() if name.split(".")[0] in COMMON}
    tables["data"].update(train=str(budget.train), validation=str(budget.validation), test=str(budget.test))
    tables["method"] = {"kind": f'"{method}"'}
    tables["optimiser"] = {"kind": '"adam"'}
    tables["train"] = {"steps": str(budget.steps), "batch": str(budget.batch), "warmup": str(budget.warmup)}
    tables["measures.cadence"] = {"every": str(budget.steps)}
    for more in (own(preset), changes):
        for name, table in more.items():
            tables.setdefault(name, {}).update(table)
    lines = ["version = 1", f'name = "{method}"']
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in table.items())]
    return "\n".join(lines) + "\n"
