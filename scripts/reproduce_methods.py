#!/usr/bin/env python3
"""Which method learns what, at equal budgets? Writes docs/methods.md.

    scripts/reproduce_methods.py [--small]

Every method starts from one experiment on drawn shapes and gets the same steps, batch, encoder, augmentations and grid of learning
rates. The rate is chosen on validation images with seeds of their own; fresh seeds are then measured on test images. With the binary
CIFAR-10 archive in AUGSPHERE_CIFAR the methods that have a preset there are compared on it, too.

Results are kept in $AUGSPHERE_CACHE/reproduction by program, experiment and seed: after Ctrl-C the same command goes on. On 2 cores
the full form takes one to two hours for the shapes and a few for CIFAR-10; --small takes less than 40 minutes.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

from reproduction import command
from reproduction.experiments import Budget, experiment, knobs, own
from reproduction.runner import Runner
from reproduction.methods import REFERENCE, REQUIRED, UNTRAINED, Comparison, Entry, document
from reproduction.tuning import FRESH, RATES, TUNING, tune


class Form(NamedTuple):
    """How much is spent."""

    shapes: Budget
    cifar: Budget | None
    rates: Sequence[float]
    tuning: Sequence[int]
    fresh: Sequence[int]

    def runs(self, methods: int) -> int:
        """Runs for so many trained methods and the encoder that is not trained."""
        return methods * (len(self.rates) * len(self.tuning) + len(self.fresh)) + len(self.fresh)


FULL = Form(Budget(4000, 1000, 1000, 400, 128), Budget(50000, 5000, 10000, 600, 128), RATES, TUNING, FRESH)
SMALL = Form(Budget(4000, 1000, 1000, 200, 64), None, RATES, TUNING[:1], FRESH)


class Contestant(NamedTuple):
    """A method with its preset (empty if there is none) and its complete experiment."""

    card: dict[str, Any]
    preset: str
    text: str


def contestants(runner: Runner, data: str, budget: Budget, place: dict[str, str]) -> list[Contestant]:
    """All methods on shapes, those that have a preset elsewhere. The program sees every experiment before the first run, so a
    mistake shows at once."""
    presets = runner.presets()
    out = []
    for card in runner.methods():
        preset = presets.get(f"{data}-{card['name'].replace('_', '-')}", "")
        if data == "shapes" or preset or card["name"] == UNTRAINED:
            text = experiment(presets[f"{data}-{REFERENCE}"], card["name"], preset, budget, {"data": place})
            out.append(Contestant(card, preset, runner.complete(text)))
    return out


def entry(runner: Runner, form: Form, one: Contestant) -> Entry:
    """Tunes one method and measures it on fresh seeds."""
    method = one.card["name"]
    tuned = None if method == UNTRAINED else tune(runner, method, [one.text], form.rates, form.tuning)
    rate = tuned.rate if tuned else form.rates[0]
    results = [runner.run(one.text, rate, seed, method) for seed in form.fresh]
    return Entry(method, one.card["family"] == "labels allowed", knobs(one.text), own(one.preset), tuned, results)


def main(given: Sequence[str] | None = None, full: Form = FULL, small: Form = SMALL) -> None:
    options = command.read(__doc__, "methods", given)
    form = small if options.small else full
    archive = options.archive if form.cifar else ""
    runner = Runner(options.program, options.cache, archive, REQUIRED)
    asked: list[tuple[str, Budget, dict[str, str]]] = [("shapes", form.shapes, {})]
    if form.cifar and archive:
        asked.append(("cifar10", form.cifar, {"path": f'"{archive}"'}))
    found = [(budget, contestants(runner, data, budget, place)) for data, budget, place in asked]
    runner.total = sum(form.runs(len(methods) - 1) for _, methods in found)
    shapes, *cifar = [Comparison(budget, [entry(runner, form, one) for one in methods]) for budget, methods in found]
    line = command.line("methods", options.small, bool(archive))
    command.write(options.out, document(runner.provenance(), line, options.small, form.tuning, form.fresh, shapes, cifar[0] if cifar else None))


if __name__ == "__main__":
    command.start(main)
