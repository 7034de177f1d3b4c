"""How long do PyTorch's SimCLR steps take on a card, in each of its forms? The steps of step.py, one line of JSON a case, as they come.

    python3 card.py --cases resnet18:256,small:128 --precisions tf32,bf16 [--compile] [--seconds 60]

Images lie channels last, the faster layout on cards. What fails (no memory, no compiler) is a line with `failed`, and the next case goes on.
"""

import argparse
import json
import sys
import time

sys.dont_write_bytecode = True  # keep the checkout clean
from step import ENCODERS, measure, ready, round_products, summary, torch  # noqa: E402


def cases(text: str) -> list[tuple[str, int]]:
    """`tiny:32,small:128` as pairs of encoder and images."""
    found = [(encoder, int(images)) for encoder, images in (word.split(":") for word in text.split(","))]
    for encoder, _ in found:
        if encoder not in (*ENCODERS, "resnet18"):
            raise argparse.ArgumentTypeError(f"there is no encoder {encoder}")
    return found


def measured(given: argparse.Namespace) -> dict:
    """The times of a case, or why there are none."""
    began = time.perf_counter()
    try:
        round_products(given.precision)
        if given.compile:
            torch.compiler.reset()
        found = summary(measure(given, channels_last=True))
    except Exception as error:  # of many kinds: no memory, no C compiler, an operation that is not there
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        found = {"failed": f"{type(error).__name__}: {said[0] if said else ''}"[:300]}
    if given.device == "cuda":
        torch.cuda.empty_cache()
    return {**found, "whole_seconds": round(time.perf_counter() - began, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--cases", type=cases, default="resnet18:256,small:128", help="encoder:images, in the order of their importance")
    parser.add_argument("--precisions", default="tf32,bf16", help="float32, tf32, bf16")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--cap", type=float, default=3.0, help="seconds for the steps of a case")
    parser.add_argument("--seconds", type=float, default=120.0, help="no case begins after this")
    given = parser.parse_args()
    began = time.perf_counter()
    ready(given.device)
    for encoder, images in given.cases:
        for precision in given.precisions.split(","):
            case = {"encoder": encoder, "images": images, "precision": precision, "compiled": given.compile, "layout": "channels_last"}
            if time.perf_counter() - began > given.seconds:
                what = f"{encoder}, {images} images, {precision} and what follows"
                print(json.dumps({"what": what, "failed": f"no time was left in {given.seconds:.0f} s"}))
                return
            given.encoder, given.images, given.precision = encoder, images, precision
            print(json.dumps({**case, **measured(given)}), flush=True)


if __name__ == "__main__":
    main()
