#!/usr/bin/env python3
"""Tests of what the reproduction scripts compute and write; no program is needed: python3 scripts/test_reproduction.py"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import reproduce_augmentations
import reproduce_methods
from reproduction import augmentations, command, runner
from reproduction.evidence import METHODS, POLICIES, STRENGTH, Evidence
from reproduction.experiments import Budget, experiment, knobs, own
from reproduction.inference import bonferroni, interval, paired, permutation_p, ranks, spearman, student_quantile
from reproduction.runner import Failure, Runner, Result
from reproduction.report import points, verdict
from reproduction.tuning import Tuned, choose

SHAPES = """version = 1
name = "shapes-simclr"
# A comment with an = in it.
[data]
kind = "shapes"
train = 4000
nuisance = 0.5
[augment.crop]
scale_min = 0.6
[encoder]
kind = "conv"
size = "tiny"
[projector]
dimension = 3
[method]
kind = "simclr"
temperature = 0.2
[optimiser]
learning_rate = 0.01
"""
BYOL = '[projector]\ndimension = 3\noutput_norm = true\n[method]\nkind = "byol"\n[target]\nkind = "momentum"\nmomentum = 0.8\n[train]\nwarmup = 100\n'
DEFAULTS = {
    "projector.dimension": "64", "projector.output_norm": "false", "target.kind": '"shared"', "target.schedule": '"constant"',
    "train.batch_norm": '"pooled"', "encoder.size": '"tiny"', "encoder.kind": '"conv"',
}  # fmt: skip


class Inference(unittest.TestCase):
    def test_quantiles_of_student_are_those_of_the_tables(self) -> None:
        for freedom, level, expected in ((4, 0.95, 2.776445), (4, 0.99, 4.604095), (9, 0.95, 2.262157), (30, 0.95, 2.042272), (120, 0.99, 2.617421)):
            self.assertAlmostEqual(student_quantile(level, freedom), expected, places=6)
        # Closed forms: Cauchy's for one degree of freedom, x sqrt(2 / (1 - x^2)) for two.
        for level in (0.5, 0.95, 0.999):
            self.assertAlmostEqual(student_quantile(level, 1) / math.tan(math.pi * level / 2), 1, places=9)
            self.assertAlmostEqual(student_quantile(level, 2) / (level * math.sqrt(2 / (1 - level**2))), 1, places=9)

    def test_an_interval_is_the_mean_and_a_quantile_of_standard_errors(self) -> None:
        # Deviation sqrt(2.5), error sqrt(0.5), times 2.776445.
        mean, low, high = interval([1, 2, 3, 4, 5])
        self.assertAlmostEqual(mean, 3)
        self.assertAlmostEqual(low, 1.036757, places=6)
        self.assertAlmostEqual(high, 4.963243, places=6)

    def test_one_value_tells_nothing_and_equal_values_no_difference(self) -> None:
        self.assertEqual(interval([0.7]).sign, 0)
        self.assertEqual(paired([1, 2, 3], [1, 2, 3]).sign, 0)
        self.assertEqual(interval([2, 2, 2]), (2, 2, 2))

    def test_a_paired_interval_is_that_of_the_differences(self) -> None:
        # Differences 2, 3, 1: error 1 / sqrt(3), times 4.302653.
        gap = paired([3, 5, 4], [1, 2, 3])
        self.assertAlmostEqual(gap.mean, 2)
        self.assertAlmostEqual(gap.low, -0.484138, places=6)
        self.assertEqual((gap.sign, verdict(gap)), (0, "too close to tell"))
        # The spread that seeds have in common falls out.
        self.assertEqual(verdict(paired([11, 22, 33], [10, 20.5, 31.8])), "higher")
        self.assertEqual(verdict(paired([10, 20.5, 31.8], [11, 22, 33])), "lower")
        with self.assertRaises(ValueError):
            paired([1, 2], [1])

    def test_bonferroni_divides_the_chance_of_an_error(self) -> None:
        self.assertAlmostEqual(bonferroni(5), 0.99)
        self.assertAlmostEqual(bonferroni(1), 0.95)
        # 0.05 / 2 on two sides of four degrees of freedom.
        self.assertAlmostEqual(student_quantile(bonferroni(2), 4), 3.495406, places=6)

    def test_ties_share_their_mean_rank(self) -> None:
        self.assertEqual(ranks([10, 20, 20, 5]), [2, 3.5, 3.5, 1])
        self.assertEqual(ranks([1, 1, 1]), [2, 2, 2])

    def test_spearman_with_ties_is_pearson_of_the_ranks(self) -> None:
        # Ranks of b: 1, 2, 3.5, 5, 3.5; products of deviations 8, squares 10 and 9.5.
        self.assertAlmostEqual(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 8 / math.sqrt(95))
        self.assertAlmostEqual(spearman([1, 2, 3], [9, 4, 1]), -1)
        self.assertTrue(math.isnan(spearman([1, 2, 3], [4, 4, 4])))

    def test_permutations_are_counted_exactly_for_few_values(self) -> None:
        # The given order and its mirror, of 6 and of 24.
        self.assertAlmostEqual(permutation_p([1, 2, 3], [4, 5, 6]), 2 / 6)
        self.assertAlmostEqual(permutation_p([1, 2, 3, 4], [9, 7, 5, 3]), 2 / 24)
        # rho = 0.9: the sorted order and the four swaps of neighbours, and their mirrors, of 120.
        self.assertAlmostEqual(permutation_p([1, 2, 3, 4, 5], [2, 1, 3, 4, 5]), 10 / 120)
        # With a tie: of the six orders two are the given one and two its mirror.
        self.assertAlmostEqual(permutation_p([1, 2, 3], [1, 1, 2]), 4 / 6)
        self.assertTrue(math.isnan(permutation_p([1, 2, 3], [4, 4, 4])))

    def test_permutations_are_drawn_from_a_seed_for_many_values(self) -> None:
        many = list(range(10))
        self.assertAlmostEqual(permutation_p(many, many, draws=999), 1 / 1000)
        some = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
        self.assertEqual(permutation_p(many, some, draws=500), permutation_p(many, some, draws=500))
        # Squared differences of ranks add up to 60: of all 10! orders 0.05443 are at least as far from 165.
        self.assertAlmostEqual(permutation_p(many, some), 0.05443, delta=0.007)


class Experiments(unittest.TestCase):
    def test_a_preset_gives_its_method_and_the_rest_is_common(self) -> None:
        at = knobs(experiment(SHAPES, "byol", BYOL, Budget(400, 100, 100, 50, 16), {"encoder": {"size": '"small"'}}))
        self.assertEqual((at["data.nuisance"], at["augment.crop.scale_min"], at["data.train"], at["data.validation"]), (0.5, 0.6, 400, 100))
        self.assertEqual((at["method.kind"], at["target.momentum"], at["projector.output_norm"]), ("byol", 0.8, True))
        self.assertEqual((at["train.steps"], at["train.warmup"], at["encoder.size"]), (50, 5, "small"))
        # Neither a width for the picture's sake, nor a rate, nor a temperature of the base.
        self.assertFalse({"projector.dimension", "optimiser.learning_rate", "method.temperature"} & set(at))

    def test_without_a_preset_only_the_kind_is_set(self) -> None:
        self.assertEqual(own(""), {})
        at = knobs(experiment(SHAPES, "margin", "", Budget(400, 100, 100, 50, 16), {}))
        self.assertEqual({key for key in at if key.startswith(("method", "projector", "target"))}, {"method.kind"})

    def test_the_best_rate_wins_ties_go_to_the_lower_one(self) -> None:
        self.assertEqual(choose({0.001: 0.5, 0.003: 0.7, 0.01: 0.6}), 0.003)
        self.assertEqual(choose({0.001: 0.5, 0.003: 0.7, 0.01: 0.7}), 0.003)
        self.assertEqual(choose({0.001: None, 0.003: 0.0, 0.01: None}), 0.003)
        self.assertTrue(Tuned({0.001: 0.5, 0.003: 0.7}, 0.003).at_edge)
        self.assertFalse(Tuned({0.001: 0.5, 0.003: 0.7, 0.01: 0.6}, 0.003).at_edge)


class Program:
    """Stands for the program: accuracies that only depend on method, policy, rate and seed."""

    BASE = {"simclr": 0.5, "byol": 0.4, "vicreg": 0.6, "supervised": 0.8, "random": 0.2}

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.left_out: set[str] = set()
        self.diverges = ""

    def ask(self, given: list[str], text: str = "") -> str:
        if given[0] == "distance":
            return json.dumps(self.distance(knobs(text), "--deltas" in given))
        if given == ["presets"]:
            return "shapes-simclr  SimCLR\nshapes-byol  BYOL\n"
        if given[0] == "presets":
            return {"shapes-simclr": SHAPES, "shapes-byol": BYOL}[given[1]]
        cards = [{"name": name, "family": "labels allowed" if name == "supervised" else "any"} for name in self.BASE]
        return json.dumps({"sections": [{"name": "method", "cards": cards}]})

    def distance(self, at: dict, given: bool) -> dict:
        # The more letters the sharper; strength 1 the sharpest of all, and classes come together with it.
        sigma = {"strength_1": 0.9, "strength_2": 0.7}.get(str(at["policy"]), 0.1 * len(str(at["policy"])) % 1)
        thresholds = [{"delta": delta, "sigma": [sigma, sigma], "mean": [sigma, sigma], "between": sigma / 2} for delta in range(2 if given else 9)]
        views = [{"views": views, "within": 9.0 - views} for views in (1, 2)]
        return {"thresholds": thresholds, "between": 11.0, "within": 10.0, "by_views": views, "views": 2, "images": [5]}

    def complete(self, text: str, policy: str) -> str:
        at = knobs(text)
        more = {key: value for key, value in DEFAULTS.items() if key not in at} | {"policy": f'"{policy[6:]}"'}
        sections: dict[str, str] = {}
        for path, value in more.items():
            section, _, key = path.rpartition(".")
            sections[section] = sections.get(section, "") + f"{key} = {value}\n"
        head = sections.pop("", "")
        return head + text + "".join(f"[{section}]\n{lines}" for section, lines in sections.items())

    def run(self, text: str, settings: list[str]) -> dict:
        at = knobs(text)
        method, rate, seed = str(at["method.kind"]), float(settings[1].split("=")[1]), int(settings[3].split("=")[1])
        self.runs.append(f"{method} {at['policy']} {rate} {seed}")
        if method == self.diverges:
            return {"stopped": False, "fault": "the loss is not a number", "levels": []}
        accuracy = self.BASE.get(method, 0.45) - abs(math.log10(rate / 0.003)) / 10 + 0.01 * (seed % 3) + 0.001 * (len(self.runs) % 2)
        accuracy += (
            0.02 * len(str(at["policy"]))
            if "strength" not in str(at["policy"])
            else {"1": 0.0, "2": 0.1, "4": 0.05, "8": 0.02}[str(at["policy"])[-1]]
        )
        keys = (*reproduce_methods.REQUIRED, "knn_accuracy_untrained")
        measures = {key: accuracy if "accuracy" in key else 1.0 for key in keys if key not in self.left_out}
        level = {"scalar": "uniformity", "value": -3.88}
        return {"stopped": False, "fault": None, "measures": measures, "levels": [level], "data": {"train": 4, "validation": 5, "test": 6}}


class Words(unittest.TestCase):
    def has(self, words: str, text: str) -> None:
        self.assertTrue(words in text, f"not there: {words}")


class Documents(Words):
    """Both scripts from end to end, beside a program that is not there."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.program = Path(folder.name), Program()
        self.file = self.folder / "augsphere"
        self.file.write_text("one")
        stand = {"_ask": self.program.ask, "_complete": self.program.complete, "_run": self.program.run}
        patches: list[Any] = [mock.patch.object(Runner, name, lambda _, *given, does=does: does(*given)) for name, does in stand.items()]
        patches += [mock.patch.object(module, "say", lambda _: None) for module in (runner, command)]
        for patch in (*patches, mock.patch.dict(os.environ, AUGSPHERE_CIFAR="")):
            patch.start()
            self.addCleanup(patch.stop)
        self.methods_form = reproduce_methods.SMALL._replace(rates=(0.001, 0.003, 0.01), tuning=(16,), fresh=(21, 22, 23))

    def options(self, out: str) -> list[str]:
        return ["--small", "--program", str(self.file), "--cache", str(self.folder / "cache"), "--out", str(self.folder / out)]

    def methods(self) -> str:
        reproduce_methods.main(self.options("methods.md"), small=self.methods_form)
        return (self.folder / "methods.md").read_text()

    def augmentations(self) -> str:
        form = reproduce_augmentations.SMALL._replace(rates=(0.003,), fresh=(21, 22, 23))
        reproduce_augmentations.main(self.options("augmentations.md"), small=form)
        return (self.folder / "augmentations.md").read_text()

    def test_the_methods_are_compared_and_nothing_runs_twice(self) -> None:
        text = self.methods()
        self.assertTrue(text.startswith("*The small form"), text[:80])
        runs = self.methods_form.runs(len(Program.BASE) - 1)
        self.assertEqual((len(self.program.runs), len(set(self.program.runs))), (runs, runs))
        for words in (
            "| `byol` | 64 | adam | 0.003 | 0.8 | pooled; output too |",
            "Higher: `vicreg`. Lower: `byol`.",
            "**kNN, against raw pixels**",
            "| -3.88 | +4.88 |",
            "4 training images; 5 validation images; 6 test images.",
        ):
            self.has(words, text)
        self.assertEqual(self.methods(), text)
        self.assertEqual(len(self.program.runs), runs)

    def test_tuning_and_test_have_seeds_of_their_own(self) -> None:
        self.methods()
        seeds = {run.split()[-1] for run in self.program.runs if run.startswith("simclr") and " 0.003 " not in run}
        self.assertEqual(seeds, {"16"})

    def test_another_program_begins_anew(self) -> None:
        self.methods()
        runs = len(self.program.runs)
        self.file.write_text("two")
        self.methods()
        self.assertEqual(len(self.program.runs), 2 * runs)

    def test_what_was_cut_off_goes_on(self) -> None:
        run = self.program.run

        def stopped(*given: Any) -> dict:
            if len(self.program.runs) == 7:
                raise KeyboardInterrupt
            return run(*given)

        with mock.patch.object(Runner, "_run", lambda _, *given: stopped(*given)), self.assertRaises(KeyboardInterrupt):
            self.methods()
        self.methods()
        self.assertEqual(len(self.program.runs), len(set(self.program.runs)))

    def test_a_run_that_diverges_is_told(self) -> None:
        self.program.diverges = "byol"
        text = self.methods()
        self.has("| `byol` | diverged in 3 of 3 |", text)
        self.has("| `byol` | diverged | diverged | diverged |", text)

    def test_a_key_that_is_missing_is_named(self) -> None:
        self.program.left_out = {"probe_accuracy_test"}
        with self.assertRaisesRegex(Failure, "probe_accuracy_test"):
            self.methods()
        self.assertEqual(len(self.program.runs), 1)

    def test_distances_must_tell_of_unlike_classes(self) -> None:
        with mock.patch.object(self.program, "distance", lambda *_: {"thresholds": []}), self.assertRaisesRegex(Failure, "between"):
            self.augmentations()
        self.assertEqual(self.program.runs, [])

    def test_the_augmentations_are_compared_and_counter_evidence_is_told(self) -> None:
        text = self.augmentations()
        self.assertEqual(len(self.program.runs), 4 * (2 + len(POLICIES) * 3) + 3)
        self.has("- **Strength.** The sharpest is 1: 1 − σ = 0.100 at δ = 0. It brings 45 % of the pairs of unlike classes within δ, too", text)
        self.has("SimCLR with 1/2, by +10.0 [", text)
        self.has("- **Richness.** The sharpest is (a, b, c, d, e): 1 − σ = 0.500", text)
        self.has("Most accurate: SimCLR with the same", text)
        self.assertTrue((self.folder / "augmentations-pairs.svg").read_text().startswith("<svg"))


class Claims(Words):
    """Sentences follow from numbers."""

    def evidence(self, at_one: float, at_half: float) -> Evidence:
        accuracy = {"strength-1": at_one, "strength-2": at_half}
        runs = {}
        for method in (*METHODS, "random"):
            for policy in POLICIES:
                found = [accuracy.get(policy, 0.3) + 0.001 * at for at in (-1, 0, 1)]
                runs[method, policy] = [Result({"measures": {"knn_accuracy": one, "knn_accuracy_test": one}}) for one in found]
        sigma = lambda policy: 0.9 if policy in STRENGTH[:1] else 0.5
        at = lambda policy: {"delta": 1.0, "sigma": [sigma(policy)] * 2, "mean": [sigma(policy)] * 2, "between": sigma(policy)}
        measured = {policy: {"thresholds": [at(policy), at(policy)], "within": 1.0, "between": 1.0} for policy in POLICIES}
        return Evidence(runs, measured, {}, (16,), (21, 22, 23))

    def case(self, evidence: Evidence) -> str:
        return next(line for line in augmentations.against(evidence).splitlines() if line.startswith("- **Strength"))

    def test_the_sharpest_policy_is_held_against_the_most_accurate(self) -> None:
        self.has("SimCLR with 1/2, by +5.0 [+5.0, +5.0] points (**more**)", self.case(self.evidence(0.4, 0.45)))
        self.has("Most accurate: SimCLR with the same", self.case(self.evidence(0.5, 0.45)))

    def test_points_are_in_percent(self) -> None:
        self.assertEqual(points(interval([0.01, 0.02, 0.03])), "+2.0 [-0.5, +4.5]")
        self.assertEqual(points(interval([0.01])), "+1.0")


class RealProcess(unittest.TestCase):
    """One run through a real process: the experiment is asked for, stopped, and then run."""

    STUB = """#!{python}
import json, pathlib, sys, time
given = sys.argv[1:]
text = sys.stdin.read()
if "wrong" in text:
    sys.exit("data.wrong: is not known")
folder = pathlib.Path(given[given.index("--out") + 1])
(folder / "experiment.toml").write_text(text + "complete = true\\n")
if "--set" not in given:
    time.sleep(60)
(folder / "summary.json").write_text(json.dumps({{"stopped": False, "fault": None, "measures": {{"knn_accuracy": 0.5}}, "given": given}}))
"""

    def test_an_experiment_is_completed_and_run(self) -> None:
        with tempfile.TemporaryDirectory() as place, mock.patch.object(runner, "say", lambda _: None):
            program = Path(place) / "augsphere"
            program.write_text(self.STUB.format(python=sys.executable))
            program.chmod(0o755)
            made = Runner(program, Path(place) / "cache", "", ["knn_accuracy"])
            text = made.complete("version = 1\n")
            self.assertEqual(text, "version = 1\ncomplete = true\n")
            result = made.run(text, 0.003, 21, "one")
            self.assertIn("optimiser.learning_rate=0.003", result.summary["given"])
            self.assertIn("seed=21", result.summary["given"])
            self.assertEqual(len(list((Path(place) / "cache").glob("*.json"))), 2)
            with self.assertRaisesRegex(Failure, "data.wrong: is not known"):
                made.complete("wrong = 1\n")


if __name__ == "__main__":
    unittest.main(verbosity=1)
