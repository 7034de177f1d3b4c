#!/usr/bin/env python3
"""The three experiments of Huang et al. (arXiv:2111.00743, section 5) in small. Writes docs/augmentations.md and its figure.

    scripts/reproduce_augmentations.py [--small]

1. Richness: (a), (a,b), (a,b,c), (a,b,c,d), (a,b,c,d,e).  2. Strength: (a,d) at 1, 1/2, 1/4, 1/8.  3. All ten pairs.
SimCLR, Barlow Twins, MoCo and SimSiam, each with a learning rate of its own, chosen on validation images; then fresh seeds on test
images. The data are the binary CIFAR-10 archive in AUGSPHERE_CIFAR with the `small` encoder, or drawn shapes with the `tiny` one.

Results are kept in $AUGSPHERE_CACHE/reproduction by program, experiment and seed: after Ctrl-C the same command goes on. On 2 cores
the full form takes hours; --small (the `tiny` encoder) takes less than 40 minutes.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

from reproduction import command
from reproduction.augmentations import document
from reproduction.evidence import BASELINE, METHODS, PAIRS, POLICIES, REQUIRED, Evidence
from reproduction.experiments import Budget, experiment
from reproduction.runner import Failure, Runner
from reproduction.policies import pairs_figure, recipe
from reproduction.tuning import FRESH, RATES, TUNING, tune

# The rate of a method is chosen on these two together: one of all three experiments and the richest.
TUNED_ON = ("ad", "abcde")


class Form(NamedTuple):
    """How much is spent."""

    archive: Budget
    shapes: Budget
    encoder: dict[str, str]
    rates: Sequence[float]
    tuning: Sequence[int]
    fresh: Sequence[int]
    per_class: int
    views: int

    @property
    def runs(self) -> int:
        methods, policies = len(METHODS), len(POLICIES)
        return methods * (len(TUNED_ON) * len(self.rates) * len(self.tuning) + policies * len(self.fresh)) + len(self.fresh)


FULL = Form(Budget(50000, 5000, 10000, 600, 64), Budget(4000, 1000, 1000, 600, 64), {}, RATES, TUNING, FRESH, 200, 32)
SMALL = Form(Budget(4000, 500, 1000, 200, 64), Budget(4000, 500, 1000, 200, 64), {"size": '"tiny"'}, RATES, TUNING[:1], FRESH[:3], 100, 16)


def texts(runner: Runner, form: Form, archive: str) -> dict[tuple[str, str], str]:
    """The complete experiment of every method and policy, and of the encoder that is not trained with the richest policy."""
    data, budget = ("cifar10", form.archive) if archive else ("shapes", form.shapes)
    changes = {"data": {"path": f'"{archive}"'} if archive else {}, "encoder": form.encoder}
    presets = runner.presets()
    out = {}
    for method, policies in [*((method, POLICIES) for method in METHODS), (BASELINE, ["abcde"])]:
        preset = presets.get(f"{data}-{method.replace('_', '-')}", "")
        text = experiment(presets[f"{data}-simclr"], method, preset, budget, changes)
        for policy in policies:
            out[method, policy] = runner.complete(text, recipe(policy))
    return out


def distances(runner: Runner, form: Form, written: dict[tuple[str, str], str]) -> dict[str, dict[str, Any]]:
    """The augmented distances of every policy, at two thresholds for all: the means over the ten pairs of the 3/8 and the 5/8 quantile
    of the distances within classes."""
    ask = lambda policy, deltas: runner.distance(written["simclr", policy], form.fresh[0], form.per_class, form.views, deltas)
    first = ask(PAIRS[0], [])
    if "between" not in first or any("between" not in at for at in first["thresholds"]):
        raise Failure(
            "`augsphere distance` tells nothing `between` classes: this program is older than the script.\n           Build it: cargo build --release"
        )
    own = [ask(pair, []) for pair in PAIRS]
    deltas = [round(sum(one["thresholds"][place]["delta"] for one in own) / len(own), 3) for place in (3, 5)]
    return {policy: ask(policy, deltas) for policy in POLICIES}


def main(given: Sequence[str] | None = None, full: Form = FULL, small: Form = SMALL) -> None:
    options = command.read(__doc__, "augmentations", given)
    form = small if options.small else full
    runner = Runner(options.program, options.cache, options.archive, REQUIRED)
    runner.total = form.runs
    written = texts(runner, form, options.archive)
    measured = distances(runner, form, written)
    tuned = {method: tune(runner, method, [written[method, policy] for policy in TUNED_ON], form.rates, form.tuning) for method in METHODS}
    rate = lambda method: tuned[method].rate if method in tuned else form.rates[0]
    runs = {
        (method, policy): [runner.run(text, rate(method), seed, f"{method}, {policy}") for seed in form.fresh]
        for (method, policy), text in written.items()
    }
    evidence = Evidence(runs, measured, tuned, form.tuning, form.fresh)
    line = command.line("augmentations", options.small, bool(options.archive))
    figure = options.out.with_name(f"{options.out.stem}-pairs.svg")
    command.write(figure, pairs_figure(evidence))
    command.write(options.out, document(runner.provenance(), line, options.small, evidence, written["simclr", "abcde"], figure.name))


if __name__ == "__main__":
    command.start(main)
