"""How long do torchvision and kornia take for the views that `engine/examples/views.rs` times?

SimCLR's five augmentations on float images of 32 x 32 in memory, both views of every image, then normalisation:
torchvision v2 image by image, because its random numbers hold for a whole batch (with its own threads, and with a part
of the batch a thread), and kornia on the batch. Prints one line of JSON.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import kornia
import torch
import torchvision
from kornia import augmentation as K
from torchvision.transforms import v2

MEAN, DEVIATION = [0.5] * 3, [0.25] * 3


def torchvision_policy() -> v2.Transform:
    """One image after the other."""
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
    return K.AugmentationSequential(
        K.RandomResizedCrop((32, 32), scale=(0.08, 1.0), p=1.0, same_on_batch=False),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomGaussianBlur((3, 3), (0.1, 2.0), p=0.5),
        K.Normalize(MEAN, DEVIATION),
        data_keys=["input"],
    )


def measure(make, rounds: int, cap: float) -> dict:
    """Median milliseconds of `make()`; at least three rounds, at most `rounds`, ending after `cap` seconds."""
    times, began = [], time.perf_counter()
    for index in range(rounds + 1):
        start = time.perf_counter()
        views = make()
        if index > 0:
            times.append((time.perf_counter() - start) * 1e3)
        if len(times) >= 3 and time.perf_counter() - began > cap:
            break
    assert tuple(views.shape[1:]) == (3, 32, 32) and bool(torch.isfinite(views).all())
    median = statistics.median(times)
    return {"steps": len(times), "median_ms": round(median, 3), "images_per_second": round(len(views) / median * 1e3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--cap", type=float, default=20.0)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    images = torch.rand(given.images, 3, 32, 32)
    both = torch.cat([images, images])
    one, batch = torchvision_policy(), kornia_policy()

    def in_turn() -> torch.Tensor:
        return torch.stack([one(image) for image in both])

    def chunk(part: torch.Tensor) -> torch.Tensor:
        torch.set_num_threads(1)
        return torch.stack([one(image) for image in part])

    pool = ThreadPoolExecutor(given.threads)
    with torch.inference_mode():
        contestants = {"torchvision, in turn": measure(in_turn, given.rounds, given.cap)}
        torch.set_num_threads(given.threads)
        contestants["kornia, batched"] = measure(lambda: batch(both), given.rounds, given.cap)
        contestants["torchvision, a thread a part"] = measure(
            lambda: torch.cat(list(pool.map(chunk, both.chunk(given.threads)))), given.rounds, given.cap
        )
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "kornia": kornia.__version__}
    print(json.dumps({"views": len(both), "threads": given.threads, "versions": versions, "contestants": contestants}))


if __name__ == "__main__":
    main()
