"""How long does PyTorch take for the augmented distances that `engine/examples/distance.rs` times?

For each two blocks of images `cdist` of all their views, then the smallest of each two images with `amin`; only the pairs of
blocks on and above the diagonal. Beside it the plain product of all views with all views, row block by row block.
Prints one line of JSON.
"""

import argparse
import json
import statistics
import time

import torch


def distances(views: torch.Tensor, images: int, count: int, block: int) -> torch.Tensor:
    """`[images, images]` from `[images * count, values]`, the upper triangle of blocks."""
    result = torch.zeros(images, images, device=views.device)
    starts = range(0, images, block)
    for i in starts:
        rows = views[i * count : min(i + block, images) * count]
        for j in (j for j in starts if j >= i):
            columns = views[j * count : min(j + block, images) * count]
            table = torch.cdist(rows, columns, compute_mode="use_mm_for_euclid_dist")
            table = table.view(len(rows) // count, count, len(columns) // count, count)
            result[i : i + block, j : j + block] = table.amin((1, 3))
    return result


def product(views: torch.Tensor, rows: int) -> float:
    """All views times all views; the sum of one number of each block, so that nothing is left out."""
    return sum((views[i : i + rows] @ views.T)[0, 0].item() for i in range(0, len(views), rows))


def timed(work, rounds: int, device: str = "cpu") -> float:
    """Median milliseconds; the first time does not count."""
    work()
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    times = []
    for _ in range(rounds):
        wait()
        start = time.perf_counter()
        work()
        wait()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--views", type=int, default=16, help="views of each image")
    parser.add_argument("--block", type=int, default=64, help="images in a block")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()

    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    views = torch.rand(given.images * given.views, 3072)
    print(json.dumps({
        "name": f"PyTorch {torch.__version__.split('+')[0]}",
        "device": "cpu",
        "images": given.images,
        "views": given.views,
        "threads": torch.get_num_threads(),
        "median_ms": round(timed(lambda: distances(views, given.images, given.views, given.block), given.rounds), 3),
        "steps": given.rounds,
        "matmul_ms": round(timed(lambda: product(views, given.block * given.views), given.rounds), 3),
    }))


if __name__ == "__main__":
    main()
