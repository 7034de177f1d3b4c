"""The command line of both scripts, and their ends."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Callable, Sequence

from .runner import CACHE, ROOT, Failure, say

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", CACHE / "target"))


def read(about: str, name: str, given: Sequence[str] | None) -> argparse.Namespace:
    """The options, with the archive of AUGSPHERE_CIFAR as `archive` (empty if none is named)."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="the small form, less than 40 minutes on 2 cores")
    parser.add_argument("--program", type=Path, default=TARGET / "release" / "augsphere", help="the program to run")
    parser.add_argument("--cache", type=Path, default=CACHE / "reproduction", help="where results are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / f"{name}.md", help="the document to write")
    options = parser.parse_args(given)
    options.archive = os.environ.get("AUGSPHERE_CIFAR", "")
    if options.archive and not Path(options.archive).exists():
        raise Failure(
            f"there is no {options.archive}.\n           Give the binary CIFAR-10 archive: make reproduce-{name} CIFAR=cifar-10-binary.tar.gz"
        )
    if options.archive:
        options.archive = str(Path(options.archive).resolve())
    return options


def line(name: str, small: bool, archive: bool) -> str:
    """What to type for this document."""
    return f"make reproduce-{name}" + (" SMALL=1" if small else "") + (" CIFAR=cifar-10-binary.tar.gz" if archive else "")


def write(out: Path, text: str) -> None:
    out.write_text(text, encoding="utf-8")
    say(f"wrote {out}")


def start(main: Callable[[], None]) -> None:
    """Runs a script; a failure, Ctrl-C and a wish to end (SIGTERM) end it in a sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except Failure as failure:
        sys.exit(f"augsphere: FAILED: {failure}")
    except KeyboardInterrupt:
        say("stopped; what is done is kept, and the same command goes on from here")
        sys.exit(130)
