"""What is done on the machine, part after part, the most important first."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple, Sequence

from . import look
from .budget import Part
from .execute import Ended, complaint, execute, json_lines
from .losses import compare, losses
from .pace import Watch, steady

# Twenty steps of the default experiment, and an epoch: only losses and times are wanted, so hardly anything is measured.
UNMEASURED = (
    "data.validation=16", "data.test=16", "measures.cadence.every=1000000", "measures.cadence.images=2", "measures.knn.bank=16",
    "measures.probe.images=0", "measures.factors.images=0", "measures.limit.images=0",
)  # fmt: skip

# The experiment of the epoch: SimCLR as on CIFAR-10, on drawn images.
EPOCH = """version = 1
name = "epoch"
[data]
kind = "shapes"
side = 32
[projector]
layers = 2
hidden = 512
dimension = 128
[method]
kind = "simclr"
temperature = 0.5
[optimiser]
kind = "sgd"
learning_rate = 0.06
"""


class Size(NamedTuple):
    """How much is done."""

    bench: tuple[str, ...]
    bench_seconds: float
    images: int
    batch: int
    encoder: tuple[str, ...]
    encoder_name: str
    cases: str
    modes: str
    cap: float
    views: int
    distances: tuple[int, int]
    bank: tuple[int, int]


FULL = Size(
    bench=(), bench_seconds=45, images=50_000, batch=512, encoder=("encoder.kind=resnet18",), encoder_name="resnet18",
    cases="resnet18:256,small:512,small:128,tiny:32,resnet18:64,tiny:512,resnet18:512", modes="tf32,bf16", cap=2.0,
    views=512, distances=(500, 16), bank=(50_000, 10_000),
)  # fmt: skip
QUICK = Size(
    bench=("--quick",), bench_seconds=7, images=2_000, batch=64, encoder=("encoder.kind=conv", "encoder.size=tiny"), encoder_name="tiny",
    cases="tiny:32", modes="float32", cap=1.0, views=16, distances=(50, 8), bank=(5_000, 100),
)  # fmt: skip

# Seconds are kept for each part, the sum within eight minutes; what a part leaves goes to the later ones, up to its most.
PLAN = (
    Part("self-test", 25, 60), Part("twenty-cpu", 10, 30), Part("twenty-vulkan", 15, 40), Part("twenty-cuda", 15, 40),
    Part("bench-vulkan", 65, 75), Part("pytorch-eager", 35, 60), Part("bench-cuda", 65, 75), Part("epoch-vulkan", 50, 100),
    Part("augment", 20, 40), Part("neighbours", 20, 40), Part("pytorch-compiled", 50, 120), Part("epoch-cuda", 40, 100),
)  # fmt: skip
PLAN_QUICK = (
    Part("self-test", 12, 20), Part("twenty-cpu", 6, 12), Part("twenty-vulkan", 15, 35), Part("twenty-cuda", 0, 10),
    Part("bench-vulkan", 28, 40), Part("pytorch-eager", 10, 20), Part("bench-cuda", 0, 20), Part("epoch-vulkan", 12, 20),
    Part("augment", 10, 20), Part("neighbours", 8, 15), Part("pytorch-compiled", 0, 20), Part("epoch-cuda", 0, 20),
)  # fmt: skip


class LeftOut(Exception):
    """Why a part is not done, for the table."""


class Outcome(NamedTuple):
    """What a part has found, and whether it came to its end; `reason` says why not."""

    status: str
    result: Any
    reason: str = ""


class Bound(NamedTuple):
    """Where things are."""

    kit: Path
    out: Path
    env: dict[str, str]
    quick: bool

    @property
    def work(self) -> Path:
        """The folder for what is not kept."""
        return self.out / "work"

    @property
    def program(self) -> Path:
        return self.work / "augsphere"

    @property
    def size(self) -> Size:
        return QUICK if self.quick else FULL


class Devices:
    """The devices of this machine, once the self-test has listed them: one for each of `vulkan` and `cuda`."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}
        self.why: dict[str, str] = {"vulkan": "the self-test has not been done", "cuda": "the self-test has not been done"}

    def take(self, listed: Sequence[dict[str, Any]], quick: bool, has_cuda: bool, has_vulkan: bool = True) -> None:
        """Chooses from what the program lists. Adapters in software are only taken in the short form: they say nothing of a card."""
        software = "only an adapter in software is there, which --quick takes"
        none = "the program found no Vulkan device" if has_vulkan else "Vulkan cannot be used on this machine: see machine.json"
        built = "the program found no CUDA device" if has_cuda else "this kit's program was built without CUDA"
        self.why = {"vulkan": none, "cuda": built}
        for device in listed:
            name = "cuda" if device["kind"] == "cuda" else device["backend"].lower()
            if name not in self.why or name in self.found:
                continue
            if not device["self_test"]["passed"]:
                self.why[name] = f"{device['name']} fails the self-test"
            elif device["software"] and not quick:
                self.why[name] = software
            else:
                self.found[name] = device

    def arguments(self, name: str) -> list[str]:
        """What names this device to the program."""
        if name == "cpu":
            return ["--device", "cpu"]
        if name not in self.found:
            raise LeftOut(self.why[name])
        return ["--device", "cuda" if name == "cuda" else "gpu", "--adapter", str(self.found[name]["index"])]


def outcome(ended: Ended, result: Any, log: Path) -> Outcome:
    """Done, cut off with what there was, or failed with what the program said last."""
    if ended.timed_out:
        return Outcome("cut off" if result else "failed", result, f"its time was over after {ended.seconds:.0f} s")
    if ended.code != 0:
        return Outcome("failed", result, complaint(log))
    return Outcome("done", result)


def settings(*words: str) -> list[str]:
    return [part for word in words for part in ("--set", word)]


def raw(bound: Bound, name: str) -> Path:
    """Where the output of a part goes as it comes."""
    return bound.out / f"{name}.txt"


def self_test(bound: Bound, devices: Devices, limit: float) -> Outcome:
    """Every device beside the CPU, check by check."""
    file = raw(bound, "self-test")
    ended = execute([bound.program, "devices", "--json"], limit, file, bound.env)
    found = (json_lines(file.read_text()) or [{}])[-1].get("devices", [])
    about = json.loads((bound.kit / "about.json").read_text())
    usable = json.loads((bound.out / "machine.json").read_text())["result"]["vulkan"]["usable"]
    devices.take(found, bound.quick, bool(about.get("cuda")), usable)
    return outcome(ended, found, file.with_suffix(".log"))


def twenty(name: str) -> Callable[[Bound, Devices, float], Outcome]:
    """Twenty steps of the default experiment on a device, beside those of the CPU."""

    def run(bound: Bound, devices: Devices, limit: float) -> Outcome:
        file, folder = raw(bound, f"twenty-{name}"), bound.work / f"twenty-{name}"
        given = ["run", "shapes-simclr", *settings("train.steps=20", *UNMEASURED), *devices.arguments(name), "--json", "--out", folder]
        ended = execute([bound.program, *given], limit, file, bound.env)
        found = read_losses(folder)
        if name == "cpu":
            return outcome(ended, {"losses": found}, file.with_suffix(".log"))
        reference = read_losses(bound.work / "twenty-cpu")
        compared = compare(reference, found)
        return outcome(ended, {"losses": found, **compared}, file.with_suffix(".log"))

    return run


def read_losses(folder: Path) -> list[float | None]:
    metrics = folder / "metrics.jsonl"
    return losses(metrics.read_text()) if metrics.exists() else []


def bench(name: str) -> Callable[[Bound, Devices, float], Outcome]:
    """What a device does in a second: steps, views, distances, neighbours, a frame."""

    def run(bound: Bound, devices: Devices, limit: float) -> Outcome:
        file = raw(bound, f"bench-{name}")
        # The self-test and the last row come on top of the seconds that are asked for.
        seconds = max(4.0, min(bound.size.bench_seconds, limit - 20))
        given = ["bench", *bound.size.bench, "--seconds", f"{seconds:.0f}", *devices.arguments(name), "--json"]
        ended = execute([bound.program, *given], limit, file, bound.env)
        found = json_lines(file.read_text())
        return outcome(ended, found[-1]["devices"][0] if found and found[-1]["devices"] else None, file.with_suffix(".log"))

    return run


def bench_vulkan(bound: Bound, devices: Devices, limit: float) -> Outcome:
    """Where there is no device at all the CPU is measured, so that the table is not empty."""
    if not devices.found:
        found = bench("cpu")(bound, devices, limit)
        return found._replace(reason=found.reason or f"of the CPU, since {devices.why['vulkan']}")
    return bench("vulkan")(bound, devices, limit)


def epoch(name: str) -> Callable[[Bound, Devices, float], Outcome]:
    """One epoch of SimCLR, augmentation on the card: what it took in all, and how fast it went once under way."""

    def run(bound: Bound, devices: Devices, limit: float) -> Outcome:
        size = bound.size
        file, folder, steps = raw(bound, f"epoch-{name}"), bound.work / f"epoch-{name}", size.images // size.batch
        changes = settings(f"data.train={size.images}", f"train.batch={size.batch}", f"train.steps={steps}", *size.encoder, *UNMEASURED)
        given = ["run", "-", "--policy", "simclr", *changes, *devices.arguments(name), "--json", "--out", folder]
        watch = Watch(folder / "metrics.jsonl")
        ended = execute([bound.program, *given], limit, file, bound.env, EPOCH, watch)
        summary = (json_lines(file.read_text()) or [{}])[-1]
        pace = steady(watch.seen)
        found = {
            "encoder": size.encoder_name, "images": steps * size.batch, "batch": size.batch, "steps": watch.steps, "of": steps,
            "seconds": summary.get("seconds"), "loss": summary.get("loss"),
            "step_ms": pace and round(1e3 * pace, 3), "epoch_seconds": pace and round(pace * steps, 3), "whole_seconds": round(ended.seconds, 1),
        }  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
        done = outcome(ended, found if watch.steps else None, file.with_suffix(".log"))
        if done.status == "done" and watch.steps < steps:
            return done._replace(status="cut off", reason=f"{watch.steps} of {steps} steps were done")
        return done

    return run


def peer(name: str, script: str, arguments: Callable[[Bound], list[str]]) -> Callable[[Bound, Devices, float], Outcome]:
    """A script of PyTorch's side, which prints a line of JSON for each thing it has measured."""

    def run(bound: Bound, _: Devices, limit: float) -> Outcome:
        there = json.loads((bound.out / "machine.json").read_text())["result"]["python"]
        if not there.get("torch"):
            raise LeftOut(f"this Python has no PyTorch ({there.get('torch_missing', 'not found')}); --python names another")
        if not there.get("cuda") and not bound.quick:
            raise LeftOut("PyTorch finds no CUDA device here")
        file, device = raw(bound, name), "cuda" if there.get("cuda") else "cpu"
        given = [sys.executable, bound.kit / "peers" / script, "--device", device, *arguments(bound)]
        if script.endswith("card.py"):
            given += ["--seconds", f"{max(1.0, limit - 5):.0f}"]
        ended = execute(given, limit, file, bound.env)
        return outcome(ended, json_lines(file.read_text()), file.with_suffix(".log"))

    return run


def steps_of_pytorch(compiled: bool) -> Callable[[Bound], list[str]]:
    def arguments(bound: Bound) -> list[str]:
        given = ["--cases", bound.size.cases, "--precisions", bound.size.modes, "--cap", str(bound.size.cap)]
        return [*given, *(["--compile"] if compiled else [])]

    return arguments


def views_of_libraries(bound: Bound) -> list[str]:
    return ["--images", str(bound.size.views), "--cap", str(bound.size.cap), "--lines"]


def neighbours_of_pytorch(bound: Bound) -> list[str]:
    (images, views), (bank, queries) = bound.size.distances, bound.size.bank
    return ["--images", str(images), "--views", str(views), "--bank", str(bank), "--queries", str(queries)]


def pytorch_compiled(bound: Bound, devices: Devices, limit: float) -> Outcome:
    """Compiling on slow cores takes longer than the short form may."""
    if bound.quick:
        raise LeftOut("compiling takes longer than --quick may")
    return peer("pytorch-compiled", "pytorch/card.py", steps_of_pytorch(True))(bound, devices, limit)


RUN: dict[str, Callable[[Bound, Devices, float], Outcome]] = {
    "self-test": self_test,
    "twenty-cpu": twenty("cpu"),
    "twenty-vulkan": twenty("vulkan"),
    "twenty-cuda": twenty("cuda"),
    "bench-vulkan": bench_vulkan,
    "bench-cuda": bench("cuda"),
    "pytorch-eager": peer("pytorch-eager", "pytorch/card.py", steps_of_pytorch(False)),
    "pytorch-compiled": pytorch_compiled,
    "epoch-vulkan": epoch("vulkan"),
    "epoch-cuda": epoch("cuda"),
    "augment": peer("augment", "augment.py", views_of_libraries),
    "neighbours": peer("neighbours", "pytorch/neighbours.py", neighbours_of_pytorch),
}


def keep(out: Path, name: str, found: Outcome, seconds: float, limit: float | None) -> None:
    """Writes what a part has found, at once."""
    entry = {"part": name, "status": found.status, "reason": found.reason, "seconds": round(seconds, 1)}
    entry.update({"limit": limit and round(limit, 1), "result": found.result})
    part = out / f"{name}.part"
    part.write_text(json.dumps(entry, indent=1) + "\n")
    part.replace(out / f"{name}.json")


def look_around(bound: Bound) -> dict[str, str]:
    """Writes what is there to machine.json, and gives the environment for the program."""
    begun = time.monotonic()
    card = look.card()
    vulkan = look.vulkan(bound.kit, bound.work, card.get("driver", ""), bool(card), bound.env)
    own = {**vulkan.env, **look.cuda(bound.work, bound.env)}
    for line in vulkan.words:
        print(line, flush=True)
    found = {
        "card": card, "machine": look.machine(), "python": look.python(15 if bound.quick else 60), "environment": own,
        "vulkan": {"usable": vulkan.usable, "words": vulkan.words}, "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }  # fmt: skip
    keep(bound.out, "machine", Outcome("done", found), time.monotonic() - begun, None)
    return own
