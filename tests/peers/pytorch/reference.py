"""Which kNN accuracy does PyTorch reach on the CIFAR-10 sample with the recipe of our `cifar10-simclr` preset?

SimCLR on the `small` encoder for 600 steps of 256 images; the reference for the same run of the engine. Takes several
minutes of all cores. Run it by hand:

    AUGSPHERE_CIFAR=cifar-10-sample-binary.tar.gz python tests/peers/pytorch/reference.py --seed 0

Progress goes to stderr, one line of JSON to stdout.
"""

import argparse
import io
import json
import math
import os
import sys
import tarfile
import time
from pathlib import Path

import numpy
import torch
from torch.nn import functional as F
from torchvision.transforms import v2

sys.dont_write_bytecode = True  # keep the checkout clean
from step import Network, nt_xent  # noqa: E402

RECORD = 1 + 3 * 32 * 32


def members(path: Path) -> dict[str, bytes]:
    """The `.bin` files of an archive or an extracted folder, by name."""
    if path.is_dir():
        return {file.name: file.read_bytes() for file in path.rglob("*.bin")}
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        return {Path(entry.name).name: archive.extractfile(entry).read() for entry in archive if entry.name.endswith(".bin")}


def read(path: Path, prefix: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images `[n, 3, 32, 32]` in 0..1 and labels `[n]` of all files whose name starts with `prefix`."""
    found = sorted((name, data) for name, data in members(path).items() if name.startswith(prefix))
    if not found:
        raise SystemExit(f"{path} holds no {prefix}*.bin")
    records = numpy.concatenate([numpy.frombuffer(data, numpy.uint8).reshape(-1, RECORD) for _, data in found])
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).copy()).float() / 255
    return images, torch.from_numpy(records[:, 0].astype(numpy.int64))


def augmentation() -> v2.Transform:
    """Crop, flip, jitter and grey for one image; each call draws anew."""
    return v2.Compose([
        v2.RandomResizedCrop(32, scale=(0.08, 1.0), antialias=True),
        v2.RandomHorizontalFlip(),
        v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        v2.RandomGrayscale(0.2),
    ])


@torch.no_grad()
def features(network: Network, images: torch.Tensor) -> torch.Tensor:
    """Unit-length features before the projector, with the running averages of batch normalisation."""
    network.eval()
    parts = [network.features(part) for part in images.split(512)]
    network.train()
    return F.normalize(torch.cat(parts), dim=1)


def knn(bank: torch.Tensor, labels: torch.Tensor, queries: torch.Tensor, truth: torch.Tensor, k: int = 200, temperature: float = 0.1) -> float:
    """Share of queries whose k nearest neighbours, weighted by exp(cosine / temperature), vote for the true class."""
    cosine, nearest = (queries @ bank.T).topk(k, dim=1)
    votes = torch.zeros(len(queries), 10).scatter_add_(1, labels[nearest], (cosine / temperature).exp())
    return (votes.argmax(1) == truth).float().mean().item()


def rate(step: int, steps: int, peak: float, warmup: int) -> float:
    """Linear warm-up to `peak`, then cosine to 0."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def batches(count: int, size: int):
    """Indices of one batch after the other, for ever; each pass is shuffled and drops its short end."""
    while True:
        order = torch.randperm(count)
        for start in range(0, count - size + 1, size):
            yield order[start:start + size]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", default=os.environ.get("AUGSPHERE_CIFAR"), help="archive or extracted folder")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.12)
    parser.add_argument("--every", type=int, default=100, help="steps between kNN measures")
    given = parser.parse_args()
    if not given.path:
        parser.error("give the archive's path, or set AUGSPHERE_CIFAR")

    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    train, train_labels = read(Path(given.path), "data_batch")
    test, test_labels = read(Path(given.path), "test_batch")
    normalise = v2.Normalize(train.mean((0, 2, 3)).tolist(), train.std((0, 2, 3)).tolist())
    bank, queries = normalise(train), normalise(test)
    network, augment = Network("small"), augmentation()
    optimiser = torch.optim.SGD(network.parameters(), lr=given.rate, momentum=0.9, weight_decay=5e-4)
    accuracy = lambda: knn(features(network, bank), train_labels, features(network, queries), test_labels)
    curve, losses = {0: accuracy()}, []
    print(f"untrained: {curve[0]:.4f}", file=sys.stderr)

    spent = 0.0
    indices = batches(len(train), given.batch)
    for step in range(given.steps):
        start = time.perf_counter()
        for group in optimiser.param_groups:
            group["lr"] = rate(step, given.steps, given.rate, given.steps // 10)
        images = train[next(indices)]
        views = normalise(torch.stack([augment(image) for _ in range(2) for image in images]))
        loss = nt_xent(network(views))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        spent += time.perf_counter() - start
        if (step + 1) % given.every == 0 or step + 1 == given.steps:
            curve[step + 1] = accuracy()
            print(f"step {step + 1}: loss {losses[-1]:.4f}, kNN {curve[step + 1]:.4f}, {spent:.0f} s", file=sys.stderr)
    print(json.dumps({
        "steps": given.steps,
        "seed": given.seed,
        "loss": losses[-1],
        "knn_accuracy": curve[given.steps],
        "knn_accuracy_untrained": curve[0],
        "knn_curve": curve,
        "seconds": round(spent, 1),
        "images_per_second": round(given.steps * given.batch / spent, 1) if spent else None,
    }))


if __name__ == "__main__":
    main()
