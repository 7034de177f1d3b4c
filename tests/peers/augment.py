"""How long do torchvision and kornia take for the views that `engine/examples/views.rs` times?

SimCLR's five augmentations on float images of 32 x 32 in memory, both views of every image, then normalisation:
torchvision v2 image by image, because its random numbers hold for a whole batch (with its own threads, and with a part
of the batch a thread), and kornia on the batch. Prints one line of JSON.

On a card (`--device cuda`) torchvision takes a part of the images only, one after the other, and the batch with one draw for all, which is
less work than ours. With `--lines` each contestant is a line of JSON as it comes, and a library that is missing is a line that says so.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

try:
    import torch
except ImportError as missing:
    raise SystemExit(f"PyTorch is not installed for this Python: {missing}") from None

MEAN, DEVIATION = [0.5] * 3, [0.25] * 3

# torchvision launches tens of kernels an image, so that a card gets no more than so many of them.
ON_A_CARD = 64


def torchvision_policy():
    """One image after the other."""
    from torchvision.transforms import v2

    return v2.Compose(
        [
            v2.RandomResizedCrop(32, scale=(0.08, 1.0), antialias=True),
            v2.RandomHorizontalFlip(0.5),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            v2.RandomGrayscale(0.2),
            v2.RandomApply([v2.GaussianBlur(3, (0.1, 2.0))], p=0.5),
            v2.Normalize(MEAN, DEVIATION),
        ]
    )


def kornia_policy() -> torch.nn.Module:
    """A batch at once, random numbers of its own for every image."""
    from kornia import augmentation as K

    return K.AugmentationSequential(
        K.RandomResizedCrop((32, 32), scale=(0.08, 1.0), p=1.0, same_on_batch=False),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomGaussianBlur((3, 3), (0.1, 2.0), p=0.5),
        K.Normalize(MEAN, DEVIATION),
        data_keys=["input"],
    )


def measure(make, rounds: int, cap: float, device: str) -> dict:
    """Median milliseconds of `make()`; at least three rounds, at most `rounds`, ending after `cap` seconds."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    times, began = [], time.perf_counter()
    for index in range(rounds + 1):
        start = time.perf_counter()
        views = make()
        wait()
        if index > 0:
            times.append((time.perf_counter() - start) * 1e3)
        if len(times) >= 3 and time.perf_counter() - began > cap:
            break
    assert tuple(views.shape[1:]) == (3, 32, 32) and bool(torch.isfinite(views).all())
    median = statistics.median(times)
    return {"steps": len(times), "median_ms": round(median, 3), "images_per_second": round(len(views) / median * 1e3)}


def contestants(given: argparse.Namespace) -> dict:
    """What is timed, by name: each entry makes its views when it is called."""
    images = torch.rand(given.images, 3, 32, 32, device=given.device)
    both = torch.cat([images, images])
    pool = ThreadPoolExecutor(given.threads)

    def in_turn():
        one, some = torchvision_policy(), both if given.device == "cpu" else both[:ON_A_CARD]
        return lambda: torch.stack([one(image) for image in some])

    def at_once():
        one = torchvision_policy()
        return lambda: one(both)

    def batched():
        torch.set_num_threads(given.threads)
        batch = kornia_policy().to(given.device)
        return lambda: batch(both)

    def in_parts():
        one = torchvision_policy()

        def chunk(part: torch.Tensor) -> torch.Tensor:
            torch.set_num_threads(1)
            return torch.stack([one(image) for image in part])

        return lambda: torch.cat(list(pool.map(chunk, both.chunk(given.threads))))

    found = {"torchvision, in turn": in_turn, "kornia, batched": batched}
    return {**found, "torchvision, one draw for the batch": at_once} if given.device == "cuda" else {**found, "torchvision, a thread a part": in_parts}


def in_lines(given: argparse.Namespace) -> None:
    """A line for each contestant; one that cannot take part says why."""
    for name, make in contestants(given).items():
        try:
            found = measure(make(), given.rounds, given.cap, given.device)
        except ImportError as missing:
            found = {"failed": f"not installed: {missing}"}
        except Exception as error:  # an operation that a version has not, or no memory
            found = {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        print(json.dumps({"library": name, "views": 2 * given.images, **found}), flush=True)


def in_one(given: argparse.Namespace) -> None:
    """All of them in one line; both libraries must be there."""
    import kornia
    import torchvision

    found = {name: measure(make(), given.rounds, given.cap, given.device) for name, make in contestants(given).items()}
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "kornia": kornia.__version__}
    print(json.dumps({"views": 2 * given.images, "threads": given.threads, "versions": versions, "contestants": found}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--cap", type=float, default=20.0)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--lines", action="store_true", help="a line of JSON for each, as they come")
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA device here; --device cpu measures the processor")
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    with torch.inference_mode():
        in_lines(given) if given.lines else in_one(given)


if __name__ == "__main__":
    main()
