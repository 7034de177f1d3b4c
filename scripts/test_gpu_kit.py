#!/usr/bin/env python3
"""Tests of what the kit for a bare machine computes and writes, and of the document; no program is needed: python3 scripts/test_gpu_kit.py"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "peers" / "kit"))

from kit import look, parts, record, table  # noqa: E402
from kit.budget import Part, limit  # noqa: E402
from kit.execute import complaint, execute, json_lines  # noqa: E402
from kit.losses import compare, losses  # noqa: E402
from kit.pace import Watch, steady  # noqa: E402

CHECKS = [{"name": "softmax", "shape": "5 x 3", "passed": True, "worst": 1e-6, "tolerance": 4e-4}, {"name": "sums", "shape": "5", "passed": True, "worst": 0.0, "tolerance": 0.0}]
CARD = {"name": "NVIDIA H100", "kind": "gpu", "backend": "Vulkan", "driver": "NVIDIA 580", "software": False, "index": 0, "self_test": {"passed": True, "checks": CHECKS}}
SOFTWARE = {**CARD, "name": "llvmpipe", "software": True, "index": 1}
CUDA = {**CARD, "kind": "cuda", "backend": "CUDA", "index": 2}
CPU = {**CARD, "name": "CPU", "kind": "cpu", "backend": "CPU", "index": 3, "self_test": {"passed": True, "checks": []}}
ABOUT = {"commit": "abc1234", "version": "0.1.0", "cuda": True}


def part(result: Any, status: str = "done", reason: str = "") -> dict[str, Any]:
    return {"part": "", "status": status, "reason": reason, "seconds": 2.0, "limit": 10.0, "result": result}


def bench(ms: float, **more: Any) -> dict[str, Any]:
    rows = [{"encoder": "resnet18", "batch": 256, "ms": ms}, {"encoder": "tiny", "batch": 32, "ms": 2.0}]
    return {"kind": "gpu", "rows": rows, "gemm_gflops": 1000.0, "left_out": [], **more}


def whole() -> dict[str, dict[str, Any]]:
    """The parts of a machine with a card, CUDA and PyTorch."""
    facts = {
        "card": {"name": "NVIDIA H100 80GB HBM3", "driver": "580.1", "memory": "81559 MiB"},
        "machine": {"cpu": "A processor", "cores": 16, "memory_gib": 128, "system": "Linux 6"},
        "python": {"version": "3.11.7", "torch": "2.11", "torchvision": None, "kornia": "0.9", "cuda": "NVIDIA H100"},
        "vulkan": {"usable": True, "words": []}, "date": "2026-11-27 10:00 UTC",
    }  # fmt: skip
    twenty = {"losses": [], **compare([5.0, 4.0] * 10, [5.0, 4.0] * 9 + [5.0, 4.001])}
    line = {"encoder": "resnet18", "images": 256}
    eager = [{**line, "precision": "tf32", "compiled": False, "median_ms": 16.0}, {**line, "precision": "bf16", "compiled": False, "median_ms": 12.0}]
    compiled = [{**line, "precision": "tf32", "compiled": True, "failed": "there is no C compiler"}, {**line, "precision": "bf16", "compiled": True, "median_ms": 8.0}]
    epoch = {"encoder": "resnet18", "images": 49664, "batch": 512, "steps": 50, "of": 97, "seconds": 20.0, "loss": 5.0, "step_ms": 400.0, "epoch_seconds": 38.8, "whole_seconds": 30.0}
    return {
        "machine": part(facts), "self-test": part([CARD, CUDA, CPU]), "twenty-cpu": part({"losses": []}), "twenty-vulkan": part(twenty),
        "twenty-cuda": part(None, "failed", "it crashed"),
        "bench-vulkan": part(bench(32.0, frame_ms=4.5, frame_points=20000, distance_seconds=0.25, distance_images=500, distance_views=16)),
        "bench-cuda": part(bench(64.0)), "pytorch-eager": part(eager), "pytorch-compiled": part(compiled, "cut off", "its time was over after 90 s"),
        "epoch-vulkan": part(epoch, "cut off", "its time was over after 100 s"),
        "augment": part([{"library": "kornia, batched", "images_per_second": 9000.0}, {"library": "torchvision, in turn", "failed": "not installed: torchvision"}]),
        "neighbours": part([{"what": "neighbours", "bank": 50000, "queries": 10000, "median_ms": 12.0}]),
    }  # fmt: skip


class Budget(unittest.TestCase):
    PLAN = (Part("one", 10, 30), Part("two", 20, 40), Part("three", 30, 60))

    def test_a_part_gets_what_the_later_ones_do_not_need(self) -> None:
        self.assertEqual(limit(self.PLAN, "one", 75), 25)
        self.assertEqual(limit(self.PLAN, "one", 1000), 30)
        self.assertEqual(limit(self.PLAN, "two", 60), 30)
        self.assertEqual(limit(self.PLAN, "three", 42), 42)

    def test_a_part_without_time_is_left_out(self) -> None:
        self.assertIsNone(limit(self.PLAN, "three", 14))
        self.assertIsNone(limit(self.PLAN, "two", 35))

    def test_the_reserves_fit_into_the_time_of_the_whole(self) -> None:
        for plan, total in ((parts.PLAN, 465), (parts.PLAN_QUICK, 115)):
            self.assertLess(sum(part.reserve for part in plan), total)
            self.assertTrue(all(part.reserve <= part.most for part in plan))
            self.assertEqual({part.name for part in plan}, set(parts.RUN))

    def test_whatever_parts_take_the_whole_ends_in_time(self) -> None:
        for plan, total in ((parts.PLAN, 465.0), (parts.PLAN_QUICK, 115.0)):
            left = total
            for each in plan:
                granted = limit(plan, each.name, left)
                self.assertIsNotNone(granted, each.name)
                left -= granted or 0
            self.assertGreaterEqual(left, 0)


class Losses(unittest.TestCase):
    def test_losses_are_read_in_order_without_measures_and_without_a_cut_line(self) -> None:
        text = '{"step":0,"alignment":0.1}\n{"step":2,"loss":4.0}\n{"step":1,"loss":5.0}\n{"step":3,"loss":null}\n{"step":4,"lo'
        self.assertEqual(losses(text), [5.0, 4.0, None])

    def test_the_first_and_the_greatest_difference_are_found(self) -> None:
        found = compare([5.0, 4.0, 2.0], [5.00001, 4.0, 2.02])
        self.assertAlmostEqual(found["first"], 2e-6, places=8)
        self.assertAlmostEqual(found["greatest"], 0.02 / 2.02, places=9)
        self.assertEqual((found["greatest_at"], found["steps"], found["passed"]), (3, 3, True))

    def test_what_differs_too_much_too_soon_or_ends_early_is_not_as_expected(self) -> None:
        self.assertFalse(compare([5.0, 4.0], [5.001, 4.0])["passed"])
        self.assertFalse(compare([5.0, 4.0], [5.0, 4.5])["passed"])
        self.assertFalse(compare([5.0, 4.0], [5.0])["passed"])
        self.assertFalse(compare([5.0], [])["passed"])

    def test_a_loss_that_is_no_number_is_told_as_nothing(self) -> None:
        for bad in (None, math.nan, math.inf):
            found = compare([5.0, 4.0], [5.0, bad])
            self.assertEqual((found["passed"], found["greatest"], found["greatest_at"]), (False, None, 2))
            json.dumps(found, allow_nan=False)


class Pace(unittest.TestCase):
    def test_the_first_tenth_of_the_steps_does_not_count(self) -> None:
        self.assertAlmostEqual(steady([(0.0, 1), (10.0, 10), (14.0, 50), (19.0, 100)]) or 0, 0.1)

    def test_too_few_steps_have_no_pace(self) -> None:
        self.assertIsNone(steady([]))
        self.assertIsNone(steady([(3.0, 20)]))

    def test_lines_are_counted_once_and_when_they_are_whole(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "metrics.jsonl"
            watch = Watch(file)
            watch()
            file.write_text('{"step":0,"alignment":1}\n{"step":1,"loss":5}\n{"step":2,"lo')
            watch()
            with file.open("a") as lines:
                lines.write('ss":4}\n')
            watch()
            watch()
        self.assertEqual([steps for _, steps in watch.seen], [1, 2])


class Executing(unittest.TestCase):
    def test_output_is_kept_and_a_limit_ends_all_that_was_started(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "part.txt"
            begun = time.monotonic()
            ended = execute(["bash", "-c", "echo '{\"a\": 1}'; sleep 60 & sleep 60"], 1, out, dict(os.environ))
            self.assertTrue(ended.timed_out)
            self.assertLess(time.monotonic() - begun, 8)
            self.assertEqual(json_lines(out.read_text()), [{"a": 1}])

    def test_a_failure_is_told_in_the_programs_words(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "part.txt"
            ended = execute(["bash", "-c", "echo 'error: no such device' >&2; echo '  next: choose another' >&2; exit 2"], 5, out, dict(os.environ), "unread")
            self.assertEqual((ended.code, ended.timed_out), (2, False))
            self.assertEqual(complaint(out.with_suffix(".log")), "error: no such device")

    def test_a_line_that_was_cut_off_is_left_out(self) -> None:
        self.assertEqual(json_lines('words\n{"a":1}\n{"a":'), [{"a": 1}])


class Choosing(unittest.TestCase):
    def test_cards_are_taken_and_software_only_in_the_short_form(self) -> None:
        devices = parts.Devices()
        devices.take([CARD, SOFTWARE, CUDA, CPU], False, True)
        self.assertEqual(devices.arguments("vulkan"), ["--device", "gpu", "--adapter", "0"])
        self.assertEqual(devices.arguments("cuda"), ["--device", "cuda", "--adapter", "2"])
        devices = parts.Devices()
        devices.take([SOFTWARE, CPU], False, False)
        with self.assertRaisesRegex(parts.LeftOut, "--quick takes"):
            devices.arguments("vulkan")
        with self.assertRaisesRegex(parts.LeftOut, "without CUDA"):
            devices.arguments("cuda")
        devices = parts.Devices()
        devices.take([SOFTWARE, CPU], True, False)
        self.assertEqual(devices.arguments("vulkan")[-1], "1")

    def test_a_device_that_computes_wrongly_is_not_measured(self) -> None:
        devices = parts.Devices()
        devices.take([{**CARD, "self_test": {"passed": False}}, CPU], False, True)
        with self.assertRaisesRegex(parts.LeftOut, "fails the self-test"):
            devices.arguments("vulkan")


class Looking(unittest.TestCase):
    def looked(self, broken: dict[str, str], has_card: bool, described: Any = None, loader: bool = False) -> look.Vulkan:
        """What is found where the libraries `broken` cannot be loaded and only the drivers `described` are."""
        with tempfile.TemporaryDirectory() as folder:
            kit, work, descriptions = Path(folder) / "kit", Path(folder) / "work", Path(folder) / "icd.d"
            for place in (kit / "lib", kit / "loader", work, descriptions):
                place.mkdir(parents=True)
            if loader:
                (kit / "loader" / look.LOADER).write_text("")
            for name, library in (described or {}).items():
                (descriptions / name).write_text(json.dumps({"ICD": {"library_path": library}}))
            loads = lambda names, env: {name: broken.get(name, "") for name in names}
            with mock.patch.object(look, "loads", loads):
                return look.vulkan(kit, work, "580.1", has_card, {"VK_DRIVER_FILES": str(descriptions)})

    def test_a_complete_machine_needs_nothing(self) -> None:
        found = self.looked({}, True, {"nvidia_icd.json": "libGLX_nvidia.so.0"})
        self.assertEqual((found.usable, found.env, found.words), (True, {}, []))

    def test_a_missing_loader_is_the_kits_or_is_to_be_brought(self) -> None:
        broken = {look.LOADER: "cannot open shared object file"}
        found = self.looked(broken, True, {"nvidia_icd.json": "libGLX_nvidia.so.0"}, loader=True)
        self.assertTrue(found.usable and "loader" in found.env["LD_LIBRARY_PATH"])
        found = self.looked(broken, True, {"nvidia_icd.json": "libGLX_nvidia.so.0"})
        self.assertFalse(found.usable)
        self.assertIn("libvulkan.so.1", "\n".join(found.words))
        self.assertNotIn("libGLX", "\n".join(found.words))

    def test_a_missing_description_is_written(self) -> None:
        found = self.looked({"libGLX_nvidia.so.0": "not there"}, True)
        self.assertTrue(found.usable)
        self.assertTrue(found.env["VK_DRIVER_FILES"].endswith("nvidia_icd.json"))

    def test_a_missing_driver_is_to_be_brought_in_the_cards_version(self) -> None:
        broken = {"libGLX_nvidia.so.0": "not there", "libEGL_nvidia.so.0": "not there", "libnvidia-glcore.so.580.1": "not there"}
        found = self.looked(broken, True, {"lvp_icd.json": "libvulkan_lvp.so"})
        words = "\n".join(found.words)
        self.assertFalse(found.usable)
        self.assertIn("libnvidia-glcore.so.580.1", words)
        self.assertIn("exactly that version (Ubuntu: libnvidia-gl-580)", words)
        self.assertNotIn("libX11", words)

    def test_without_a_card_any_driver_will_do(self) -> None:
        self.assertTrue(self.looked({}, False, {"lvp_icd.json": "libvulkan_lvp.so"}).usable)
        self.assertFalse(self.looked({}, False).usable)


class Merging(unittest.TestCase):
    def test_the_table_has_the_card_the_ratios_and_what_is_missing(self) -> None:
        merged = record.merge(ABOUT, whole(), False)
        text = merged["table"]
        self.assertEqual(merged["card"]["name"], "NVIDIA H100 80GB HBM3")
        # Ours 32 ms at best; PyTorch 16 eagerly in TF32, 8 at best.
        self.assertIn("| resnet18, 256 | 32.0 | 64.0 | 16.0 | 12.0 | 8.00 | **0.500** | **0.250** |", text)
        for words in (
            "commit abc1234", "Driver 580.1, 81559 MiB", "all 2 pass", "| 0.0e+00 | 0.0e+00 | 0.0e+00 | 2.5e-04 | as expected", "4.50 (20000 points)", "250 (500 images, 16 views)", "50 of 97",
            "there is no C compiler", "`twenty-cuda`: failed, it crashed", "torchvision, in turn failed: not installed", "12.0 (10000 among 50000)",
        ):  # fmt: skip
            self.assertIn(words, text)
        json.dumps(merged, allow_nan=False)

    def test_tables_have_as_many_cells_in_every_row(self) -> None:
        for block in record.merge(ABOUT, whole(), False)["table"].split("\n\n"):
            widths = {line.count("|") for line in block.splitlines() if line.startswith("|")}
            self.assertLessEqual(len(widths), 1, block)

    def test_nothing_at_all_still_gives_a_table(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "machine.json").write_text('{"part": "machi')
            merged = record.merge(ABOUT, record.parts(Path(folder)), True)
        self.assertTrue(merged["card"]["name"].startswith("none"))
        self.assertEqual(merged["table"].count("it was not reached"), len(parts.PLAN) + 1)

    def test_without_a_driver_the_card_is_the_one_that_the_program_lists(self) -> None:
        found = whole()
        found["machine"]["result"]["card"] = {}
        self.assertEqual(record.merge(ABOUT, found, False)["card"]["name"], "NVIDIA H100")
        found["self-test"]["result"] = [SOFTWARE, CPU]
        self.assertIn("in software", record.merge(ABOUT, found, False)["card"]["name"])

    def test_what_the_vulkan_loader_lacks_is_in_the_table(self) -> None:
        found = whole()
        found["machine"]["result"]["vulkan"] = {"usable": False, "words": ["Bring these files:", "  libvulkan.so.1"]}
        self.assertNotIn("Bring", record.merge(ABOUT, found, False)["table"], "a card is there after all")
        found["self-test"]["result"] = [CUDA, SOFTWARE, CPU]
        self.assertIn("```\nBring these files:\n  libvulkan.so.1\n```", record.merge(ABOUT, found, False)["table"])

    def test_a_processor_in_the_place_of_a_card_is_called_one(self) -> None:
        found = whole()
        left = [{"what": "a step of resnet18, 256 images", "reason": "it takes long"}]
        found.update({"bench-vulkan": part(bench(900.0, kind="cpu", left_out=left)), "bench-cuda": part(None, "left out", "no CUDA")})
        found["machine"]["result"]["card"] = {}
        found["self-test"]["result"] = [{**SOFTWARE, "backend": "Gl"}, CPU]
        merged = record.merge(ABOUT, found, False)
        self.assertEqual(merged["card"]["name"], "none; A processor")
        self.assertIn("| encoder, images | augsphere, CPU | PyTorch TF32", merged["table"])
        self.assertIn("- augsphere, CPU: a step of resnet18", merged["table"])
        self.assertNotIn("augsphere, Vulkan", merged["table"])

    def test_figures_have_three_digits(self) -> None:
        self.assertEqual([table.figure(value) for value in (182_204.0, 84.57, 2.5, 0.0134, None)], ["182,204", "84.6", "2.50", "0.013", "-"])


@unittest.skipUnless(shutil.which("node"), "Node is not installed")
class Document(unittest.TestCase):
    NOTES = "## How it is measured, and what differs\n\n- A note.\n"
    OLD = "# Benchmarks\n\nWords.\n\n## The page\n\nMeasured by hand.\n\n"

    def rendered(self, folder: str, *given: str) -> str:
        """The document after `bench.mjs` with these options."""
        env = {**os.environ, "AUGSPHERE_CACHE": folder, "AUGSPHERE_BENCH_DOC": f"{folder}/doc.md"}
        ended = subprocess.run(["node", ROOT / "tests" / "peers" / "bench.mjs", *given], env=env, capture_output=True, text=True)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return Path(folder, "doc.md").read_text()

    def test_a_kit_becomes_a_section_and_all_others_stay(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "doc.md").write_text(self.OLD + self.NOTES)
            merged = record.merge(ABOUT, whole(), False)
            Path(folder, "kit.json").write_text(json.dumps(merged))
            text = self.rendered(folder, "--kit", folder)
            section = f"## On a card: NVIDIA H100 80GB HBM3\n\n{merged['table']}\n"
            self.assertEqual(text, self.OLD + section + self.NOTES)
            self.assertEqual(self.rendered(folder, "--kit", folder), text, "a second time changes nothing")
            self.assertIn(section, self.rendered(folder, "--render"))
            shutil.rmtree(Path(folder, "bench"))
            again = self.rendered(folder, "--render")
            self.assertIn(section, again, "a section stays where its record is not")
            self.assertIn("## The page\n\nMeasured by hand.\n", again)

    def test_the_short_form_takes_no_long_ones_place(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "doc.md").write_text(self.OLD + self.NOTES)
            for quick in (False, True):
                Path(folder, "kit.json").write_text(json.dumps(record.merge(ABOUT, whole(), quick)))
                text = self.rendered(folder, "--kit", folder)
        self.assertEqual(text.count("## On a card: NVIDIA H100 80GB HBM3"), 2)

    def native(self, **more: Any) -> str:
        """The section of the native steps: rounds of `small` (1024 images in two, 64 in one), and what else a record has."""
        step = lambda images, number, ours, peer: {
            "encoder": "small", "images": images, "round": number,
            "ours": {"steps": 3, "median_ms": ours}, "peer": {"steps": 3, "median_ms": peer},
        }  # fmt: skip
        machine = {"date": "2026-11-27T10:00:00Z", "cpu": "A processor", "cores": 2, "memory_gib": 24, "system": "Linux 6", "load": 0.1, "commit": "abc1234", "node": "v20"}
        rounds = [step(1024, 0, 10240.0, 20480.0), step(64, 0, 640.0, 320.0), step(1024, 1, 10240.0, 20480.0)]
        kept = {"machine": machine, "minutes": 4, "threads": 2, "rounds": rounds, "starts": [], **more}
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "bench").mkdir()
            Path(folder, "bench", "native.json").write_text(json.dumps(kept))
            text = self.rendered(folder, "--render").split("## Native: a step of each method")[0]
        self.assertNotRegex(text, "undefined|NaN|Infinity|null")
        self.assertEqual(len({line.count("|") for line in text.splitlines() if line.startswith("|")}), 1, text)
        return text

    def test_an_older_record_leaves_empty_what_it_does_not_have(self) -> None:
        text = self.native()
        self.assertIn("| small, 1024 images (2048 views) | 10240 (10240-10240) | 20480 (20480-20480) | **2.00** (2.00-2.00) | 1.0 |  |", text)
        self.assertIn("median of 2 rounds (lowest and highest round; small, 64 images: 1), 2 threads each, 32x32x3.\n", text)
        self.assertNotIn("GFLOP/s", text)
        self.assertNotIn("Launches", text)

    def test_shares_are_those_of_the_bench_at_our_pace(self) -> None:
        # 100 images/s at half of 100 GFLOP/s: 0.5 of 10^9 operations an image. Ours does 100 images/s, too; the second round's rate is twice the first's.
        row = {"encoder": "small", "batch": 32, "share_of_gemm": 0.5, "images_per_second": 100.0}
        text = self.native(rates=[{"gemm_gflops": 100.0, "rows": [row]}, {"gemm_gflops": 200.0, "rows": []}])
        self.assertIn("| 1.0 | 38 % (25-50 %) |", text)
        self.assertIn("| 0.5 | 50 % (50-50 %) |", text)
        self.assertIn("150 GFLOP/s (100-200)", text)
        self.assertNotIn("%", self.native(rates=[{"failed": "it crashed"}, {"gemm_gflops": 200.0, "rows": []}]).split("| ---")[1])

    def test_launches_name_their_adapter_and_what_was_not_counted(self) -> None:
        counted = [{"encoder": "tiny", "batch": 32, "dispatches": 73.75, "submits": 1.75}, {"encoder": "small", "batch": 32, "dispatches": None, "submits": None}]
        adapter = {"name": "llvmpipe", "backend": "Vulkan", "software": True, "rows": counted, "left_out": [{"what": "a step of resnet18, 16 images", "reason": "it takes long"}]}
        self.assertIn(
            "adapter, llvmpipe (Vulkan, in software): `tiny` **73.8** and 1.75 (32 images); `small` not counted (it would have taken too long); "
            "`resnet18` not counted (it takes long).\n",
            self.native(adapter=adapter),
        )
        self.assertIn("on a GPU adapter: there was none.\n", self.native(adapter={"none": True}))
        self.assertIn("not counted, it crashed.\n", self.native(adapter={"failed": "it crashed"}))


class Script(unittest.TestCase):
    def test_it_helps_and_refuses_what_it_does_not_know_or_would_spoil(self) -> None:
        script = ROOT / "tests" / "peers" / "kit" / "run.sh"
        run = lambda *given: subprocess.run([script, *given], capture_output=True, text=True)
        self.assertIn("--python FILE", run("--help").stdout)
        self.assertEqual(run("--fast").returncode, 2)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "letter.txt").write_text("dear")
            self.assertEqual(run("--out", folder).returncode, 2)
            self.assertTrue(Path(folder, "letter.txt").exists())


if __name__ == "__main__":
    unittest.main()
