"""Does the parts in their order; what one of them does wrong is noted, and the next one goes on."""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from .budget import limit
from .parts import PLAN, PLAN_QUICK, RUN, Bound, Devices, LeftOut, Outcome, keep, look_around


def unpack(bound: Bound) -> None:
    """Puts the program where it can be started, and sees whether this system can start it."""
    with gzip.open(bound.kit / "augsphere.gz") as packed, bound.program.open("wb") as program:
        shutil.copyfileobj(packed, program, 1 << 20)
    bound.program.chmod(0o755)
    try:
        ended = subprocess.run([bound.program, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"kit: the program cannot be started: {error}")
    if ended.returncode != 0:
        sys.exit(f"kit: the program cannot be started here: {ended.stderr.strip()[:300]}")


def do(bound: Bound, devices: Devices, name: str, granted: float | None) -> Outcome:
    """One part; whatever goes wrong in it is its own outcome."""
    if granted is None:
        return Outcome("left out", None, "no time was left for it")
    try:
        return RUN[name](bound, devices, granted)
    except LeftOut as why:
        return Outcome("left out", None, str(why))
    except Exception as error:  # a fault of the kit itself, which must not take the other parts along
        return Outcome("failed", None, f"{type(error).__name__}: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--total", type=float, required=True, help="seconds for all parts together")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    begun = time.monotonic()
    # A wish to end (of the outer limit) ends the part that is running, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bound = Bound(given.kit, given.out, dict(os.environ), given.quick)
    unpack(bound)
    bound.env.update(look_around(bound))
    plan, devices = PLAN_QUICK if given.quick else PLAN, Devices()
    for part in plan:
        granted = limit(plan, part.name, given.total - (time.monotonic() - begun))
        from_then = time.monotonic()
        found = do(bound, devices, part.name, granted)
        seconds = time.monotonic() - from_then
        keep(given.out, part.name, found, seconds, granted)
        print(f"[{time.monotonic() - begun:3.0f} s] {part.name}: {found.status}" + (f" ({found.reason})" if found.reason else ""), flush=True)


try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
