"""Runs of the program, one at a time: each once for a program, an experiment and a seed, and kept in a cache ever after."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("AUGSPHERE_CACHE", Path.home() / ".cache" / "augsphere"))


class Failure(Exception):
    """What went wrong and what to do next, for whoever started the script."""


class Result(NamedTuple):
    """What a run left: its summary. A run that came upon numbers that are not finite has a fault instead of measures."""

    summary: dict[str, Any]

    @property
    def fault(self) -> str | None:
        """What ended the run before its time."""
        return self.summary.get("fault")

    def has(self, name: str) -> bool:
        """Whether the program knows this measure."""
        return name in (self.summary.get("measures") or {}) or name in self.summary

    def measure(self, name: str) -> float | None:
        """A measure by its key; nothing if the run diverged or it was not a finite number."""
        if self.fault:
            return None
        if self.has(name):
            return (self.summary.get("measures") or {}).get(name, self.summary.get(name))
        raise Failure(f"the summary of a run has no `{name}`: this program is older than the script.\n{BUILD}")

    def level(self, name: str) -> float | None:
        """The reference level that the program draws for a measure."""
        return next((level["value"] for level in self.summary.get("levels", []) if level["scalar"] == name), None)


def values(results: Sequence[Result], name: str) -> list[float] | None:
    """A measure of every run, in their order; nothing if one of them has none."""
    found = [result.measure(name) for result in results]
    return None if None in found else [value for value in found if value is not None]


BUILD = "           Build it (cargo build --release) and start this script again; runs of other programs are never used."


class Runner:
    """A program file, and what it has found; `total` is how many runs are expected."""

    def __init__(self, program: Path, folder: Path, archive: str, required: Sequence[str]) -> None:
        if not program.is_file():
            raise Failure(f"there is no program {program}.\n           Build it: cargo build --release")
        self.program, self.folder, self.required = program, folder, required
        self.stamp = program.stat().st_mtime_ns
        self.digest = digest(program)
        self.archive = digest(Path(archive)) if archive else ""
        self.origins: list[dict[str, Any]] = []
        self.done = self.total = 0
        self.fresh: list[float] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.origin = {"commit": self._commit(), "machine": machine()}

    def _commit(self) -> str:
        """The commit that was checked out when this program was first seen: a later one may be by now."""
        noted = self.folder / f"commit-of-{self.digest[:12]}"
        if not noted.exists():
            noted.write_text(commit() + "\n")
        return noted.read_text().strip()

    def presets(self) -> dict[str, str]:
        """The program's presets, as they are written."""
        names = [line.split()[0] for line in self._ask(["presets"]).splitlines() if line.strip()]
        return {name: self._ask(["presets", name]) for name in names}

    def methods(self) -> list[dict[str, Any]]:
        """The cards of the catalogue's methods."""
        sections = json.loads(self._ask(["catalogue", "--json"]))["sections"]
        return next(section["cards"] for section in sections if section["name"] == "method")

    def complete(self, experiment: str, policy: str = "") -> str:
        """The experiment with every knob, as the program writes it; refused at once if there is a mistake in it."""
        return self._kept(["complete", experiment, policy], lambda: self._complete(experiment, policy))

    def run(self, experiment: str, rate: float, seed: int, words: str) -> Result:
        """The result of a complete experiment at a learning rate."""
        settings = ["--set", f"optimiser.learning_rate={rate}", "--set", f"seed={seed}"]
        begun, known = time.monotonic(), len(self.origins)
        result = Result(self._kept(["run", experiment, str(rate), str(seed)], lambda: self._run(experiment, settings), note=True))
        if self.origins[known]["fresh"]:
            self.fresh.append(time.monotonic() - begun)
        self.done += 1
        for name in self.required:
            result.measure(name)
        self._progress(result, f"{words}, rate {rate:g}, seed {seed}")
        return result

    def distance(self, experiment: str, seed: int, per_class: int, views: int, deltas: Sequence[float]) -> dict[str, Any]:
        """What `augsphere distance` tells of the augmentations of a complete experiment."""
        given = ["distance", "-", "--json", "--between", "--set", f"seed={seed}", "--per-class", str(per_class), "--views", str(views)]
        given += ["--deltas", ",".join(map(str, deltas))] if deltas else []
        return self._kept(["distance", experiment, *given], lambda: json.loads(self._ask(given, experiment)), note=True)

    def provenance(self) -> str:
        """Which commits, machines and days made the results that were asked for, in a paragraph."""
        named = lambda key: sorted({origin[key] for origin in self.origins})
        count = lambda name: sum(origin["commit"] == name for origin in self.origins)
        commits = named("commit")
        words = commits[0] if len(commits) == 1 else "; ".join(f"{name} ({count(name)} results)" for name in commits)
        days, hours = named("finished"), sum(origin["seconds"] for origin in self.origins) / 3600
        when = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
        return f"Commit {words}, program {self.digest[:12]}; {when}, {hours:.1f} hours of computing on {'; '.join(named('machine'))}, on the CPU."

    def _kept(self, parts: Sequence[str], make: Callable[[], Any], note: bool = False) -> Any:
        """What `make` gives, made once for this program, this archive and these parts."""
        key = hashlib.sha256(json.dumps([self.digest, self.archive, *parts]).encode()).hexdigest()
        file = self.folder / f"{key[:32]}.json"
        fresh = not file.exists()
        if fresh:
            if self.program.stat().st_mtime_ns != self.stamp:
                raise Failure("the program was built anew while the script ran.\n           Start the script again.")
            begun = time.monotonic()
            value = make()
            origin = {**self.origin, "finished": time.strftime("%Y-%m-%d"), "seconds": round(time.monotonic() - begun, 2)}
            part = file.with_suffix(".part")
            part.write_text(json.dumps({"of": list(parts), "origin": origin, "value": value}))
            os.replace(part, file)
        kept = json.loads(file.read_text())
        if note:
            self.origins.append({**kept["origin"], "fresh": fresh})
        return kept["value"]

    def _ask(self, given: Sequence[str], text: str = "") -> str:
        ended = subprocess.run([self.program, *given], input=text, capture_output=True, text=True)
        if ended.returncode != 0:
            raise Failure(f"augsphere {' '.join(given)}\n{tail(ended.stderr)}")
        return ended.stdout

    def _complete(self, experiment: str, policy: str) -> str:
        """Starts the experiment, reads the file that the program writes before it begins, and stops it before its first step."""
        with scratch(self.folder) as folder, tempfile.TemporaryFile("w+") as source:
            source.write(experiment)
            source.seek(0)
            given = ["run", "-", "--device", "cpu", "--json", "--out", folder] + (["--policy", policy] if policy else [])
            begun = subprocess.Popen([self.program, *given], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            written = Path(folder) / "experiment.toml"
            try:
                while not written.exists() and begun.poll() is None:
                    time.sleep(0.005)
                complete = written.read_text() if written.exists() else ""
            finally:
                begun.terminate()  # not SIGINT, which is ignored behind nohup and `&`
            _, said = begun.communicate()
        if not complete:
            raise Failure(f"the program refuses an experiment of this script.\n{tail(said)}\n{BUILD}")
        return complete

    def _run(self, experiment: str, settings: Sequence[str]) -> dict[str, Any]:
        with scratch(self.folder) as folder:
            given = ["run", "-", "--device", "cpu", "--json", "--out", folder, *settings]
            ended = subprocess.run([self.program, *given], input=experiment, capture_output=True, text=True)
            file = Path(folder) / "summary.json"
            summary = json.loads(file.read_text()) if file.exists() else None
        if summary is None or summary["stopped"] or (ended.returncode != 0 and not summary.get("fault")):
            raise Failure(f"a run came to no end ({' '.join(settings)}).\n{tail(ended.stderr)}")
        return summary

    def _progress(self, result: Result, words: str) -> None:
        left = ""
        if self.fresh:
            minutes = (self.total - self.done) * sum(self.fresh) / len(self.fresh) / 60
            left = f"; {minutes:.0f} min left at most"
        told = result.fault.splitlines()[0] if result.fault else f"kNN {100 * (result.measure('knn_accuracy') or 0):.1f} % on validation images"
        say(f"{self.done}/{self.total} {words}: {told}{left}")


def say(text: str) -> None:
    print(f"augsphere: {text}", file=sys.stderr, flush=True)


def tail(text: str) -> str:
    """The last lines of what a program said, indented."""
    return "\n".join(f"           {line}" for line in text.strip().splitlines()[-6:])


@contextmanager
def scratch(within: Path) -> Iterator[str]:
    """An empty folder that is gone afterwards, whatever happens."""
    folder = tempfile.mkdtemp(prefix="unfinished-", dir=within)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def digest(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder with their names."""
    whole = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            whole.update(file.name.encode())
            with file.open("rb") as content:
                for block in iter(lambda: content.read(1 << 20), b""):
                    whole.update(block)
    return whole.hexdigest()


def commit() -> str:
    """The commit that is checked out, and whether the sources differ from it; the documents that the scripts write do not count."""
    git = lambda *given: subprocess.run(["git", *given], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with uncommitted changes" if changed else "")


def machine() -> str:
    """Processor, cores and system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"
