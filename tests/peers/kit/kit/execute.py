"""Runs a program with a limit, its output in files from the first line on."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence

# What `timeout` ends with when the limit was reached: at a wish to end, or at the kill after that was not heard.
TIMED_OUT = (124, 137)


class Ended(NamedTuple):
    """How a program ended."""

    code: int
    seconds: float
    timed_out: bool


def execute(
    command: Sequence[str | Path],
    limit: float,
    out: Path,
    env: Mapping[str, str],
    given: str = "",
    watch: Callable[[], None] = lambda: None,
) -> Ended:
    """Standard output goes to the file `out`, what is said besides to `out` with the ending .log; `watch` is called all the while."""
    # `timeout` ends all that the program has started, the compilers of PyTorch among them. Not SIGINT: it is ignored behind nohup and `&`.
    limited = ["timeout", "--signal=TERM", "--kill-after=8", f"{max(limit, 1):.1f}", *map(str, command)]
    begun = time.monotonic()
    with out.open("w") as output, out.with_suffix(".log").open("w") as log:
        running = subprocess.Popen(limited, stdin=subprocess.PIPE, stdout=output, stderr=log, env=dict(env), text=True)
        try:
            running.stdin.write(given)
            running.stdin.close()
        except BrokenPipeError:
            pass  # it ended at once; its code tells
        try:
            while running.poll() is None:
                watch()
                time.sleep(0.02)
        except BaseException:
            running.terminate()
            running.wait()
            raise
        watch()
    return Ended(running.returncode, time.monotonic() - begun, running.returncode in TIMED_OUT)


def json_lines(text: str) -> list[dict[str, Any]]:
    """The lines that are objects; a program that was ended may have cut its last one off."""
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def complaint(log: Path) -> str:
    """The last thing that a program said, in one line."""
    said = log.read_text(errors="replace") if log.exists() else ""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("error: XDG_RUNTIME_DIR")]
    named = [line for line in lines if line.lower().startswith(("error", "runtimeerror", "importerror"))]
    return (named or lines or ["it said nothing"])[-1][:300]
