"""How long does PyTorch take for the SimCLR training step that `engine/examples/step.rs` times?

Forward of both views as one batch of 2N, NT-Xent, backward, SGD, on random images that are already in memory.
Prints one line of JSON; the best of the two memory layouts counts.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

# Widths and strides of the named encoders, as in the engine.
ENCODERS = {
    "tiny": ((16, 2), (32, 2), (64, 2)),
    "small": ((32, 1), (64, 2), (128, 2), (128, 2)),
}


class Network(nn.Module):
    """3x3 convolutions with batch normalisation and ReLU, global mean, then Linear-BN-ReLU-Linear."""

    def __init__(self, encoder: str, hidden: int = 128, dimension: int = 64):
        super().__init__()
        stages, channels = [], 3
        for width, stride in ENCODERS[encoder]:
            stages += [
                nn.Conv2d(channels, width, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            channels = width
        self.encoder = nn.Sequential(*stages)
        self.projector = nn.Sequential(
            nn.Linear(channels, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, dimension),
        )

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """`[n, 3, h, w]` to `[n, width]`."""
        return self.encoder(images).mean((2, 3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.projector(self.features(images))


def nt_xent(z: torch.Tensor, temperature: float = 0.5) -> torch.Tensor:
    """NT-Xent over `[2n, d]`, rows of view 1 then of view 2: the mean over all 2n anchors of METHODS.md 1.1."""
    views = z.shape[0]
    z = F.normalize(z, dim=1)
    similarity = (z @ z.T / temperature).fill_diagonal_(float("-inf"))
    positive = torch.arange(views).roll(views // 2)
    return F.cross_entropy(similarity, positive)


def measure(encoder: str, images: int, side: int, channels_last: bool, warmup: int, steps: int, cap: float) -> list[float]:
    """Milliseconds of each measured step; at least three, at most `steps`, ending after `cap` seconds."""
    torch.manual_seed(0)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = Network(encoder).to(memory_format=layout)
    # `fused` is the fastest of PyTorch's own three implementations here.
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, fused=True)
    batch = torch.randn(2 * images, 3, side, side).to(memory_format=layout)
    times, began = [], time.perf_counter()
    for index in range(warmup + steps):
        start = time.perf_counter()
        loss = nt_xent(network(batch))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        value = loss.item()
        if value != value:
            raise SystemExit("the loss is not a number")
        if index >= warmup:
            times.append((time.perf_counter() - start) * 1e3)
            if len(times) >= 3 and time.perf_counter() - began > cap:
                break
    return times


def summary(times: list[float]) -> dict:
    """Median, minimum and 95th percentile in milliseconds."""
    ordered = sorted(times)
    return {
        "median_ms": round(statistics.median(ordered), 3),
        "min_ms": round(ordered[0], 3),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
        "steps": len(ordered),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", choices=ENCODERS, default="small")
    parser.add_argument("--images", type=int, default=128, help="images a batch; twice as many views")
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--cap", type=float, default=20.0, help="seconds for each layout")
    given = parser.parse_args()

    torch.set_num_threads(given.threads)
    layouts = {
        name: summary(measure(given.encoder, given.images, given.side, name == "channels_last", given.warmup, given.steps, given.cap))
        for name in ("channels_first", "channels_last")
    }
    best = min(layouts, key=lambda name: layouts[name]["median_ms"])
    print(json.dumps({
        "name": f"PyTorch {torch.__version__.split('+')[0]}",
        "device": "cpu",
        "encoder": given.encoder,
        "images": given.images,
        "views": 2 * given.images,
        "threads": torch.get_num_threads(),
        "layout": best,
        **layouts[best],
        "layouts": layouts,
    }))


if __name__ == "__main__":
    main()
