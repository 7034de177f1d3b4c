"""How long does PyTorch take for the SimCLR training step that `engine/examples/step.rs` times?

Forward of both views as one batch of 2N, NT-Xent, backward, SGD, on random images that are already in memory.
Prints one line of JSON; the best of the two memory layouts counts (`--layout` names one). On a GPU (`--device cuda`) each layout runs in 32 bits with
TensorFloat-32 in products (`--precision tf32`), without (`float32`), or in mixed precision (`bf16`), eagerly or compiled (`--compile`).
"""

import argparse
import json
import statistics
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as missing:
    raise SystemExit(f"PyTorch is not installed for this Python: {missing}") from None

# Widths and strides of the named encoders, as in the engine.
ENCODERS = {
    "tiny": ((16, 2), (32, 2), (64, 2)),
    "small": ((32, 1), (64, 2), (128, 2), (128, 2)),
}


class Block(nn.Module):
    """A residual block of ResNet-18: two 3x3 convolutions with batch normalisation beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        shortcut = [nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)]
        self.shortcut = nn.Sequential(*shortcut) if stride != 1 or inputs != outputs else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.inner(x) + self.shortcut(x))


def resnet18(width: int = 64) -> tuple[list[nn.Module], int]:
    """The layers of ResNet-18 with a 3x3 stem and no max-pool, and the width of its features."""
    layers = [nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    inputs = width
    for index in range(8):
        outputs = width << index // 2
        layers.append(Block(inputs, outputs, 2 if index % 2 == 0 and index > 0 else 1))
        inputs = outputs
    return layers, inputs


class Network(nn.Module):
    """3x3 convolutions with batch normalisation and ReLU (or ResNet-18), global mean, then Linear-BN-ReLU-Linear."""

    def __init__(self, encoder: str, hidden: int = 128, dimension: int = 64):
        super().__init__()
        stages, channels = ([], 3) if encoder in ENCODERS else resnet18()
        for width, stride in ENCODERS.get(encoder, ()):
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
    positive = torch.arange(views, device=z.device).roll(views // 2)
    return F.cross_entropy(similarity, positive)


def ready(device: str) -> None:
    """Ends with a sentence where there is no such device."""
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA device here; --device cpu measures the processor")


def round_products(precision: str) -> None:
    """Lets 32-bit products be rounded to TensorFloat-32, or not."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "float32"
    torch.backends.cudnn.benchmark = True


def measure(given: argparse.Namespace, channels_last: bool) -> list[float]:
    """Milliseconds of each measured step; at least three, at most `steps`, ending after `cap` seconds."""
    torch.manual_seed(0)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = Network(given.encoder).to(given.device, memory_format=layout)
    # `fused` is the fastest of PyTorch's own three implementations here.
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, fused=True)
    batch = torch.randn(2 * given.images, 3, given.side, given.side).to(given.device, memory_format=layout)

    def objective() -> torch.Tensor:
        with torch.autocast(given.device, torch.bfloat16, enabled=given.precision == "bf16"):
            z = network(batch)
        return nt_xent(z.float())

    # One size at a time: a network for all sizes would be another one.
    run = torch.compile(objective, dynamic=False) if given.compile else objective
    for _ in range(given.warmup):
        optimiser.zero_grad(set_to_none=True)
        run().backward()
        optimiser.step()
    times, began = [], time.perf_counter()
    for _ in range(given.steps):
        start = time.perf_counter()
        loss = run()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        value = loss.item()
        if value != value:
            raise SystemExit("the loss is not a number")
        times.append((time.perf_counter() - start) * 1e3)
        if len(times) >= 3 and time.perf_counter() - began > given.cap:
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
    parser.add_argument("--encoder", choices=[*ENCODERS, "resnet18"], default="small")
    parser.add_argument("--images", type=int, default=128, help="images a batch; twice as many views")
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--cap", type=float, default=20.0, help="seconds for each layout")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("float32", "tf32", "bf16"), default="float32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--layout", choices=("both", "channels_first", "channels_last"), default="both")
    given = parser.parse_args()

    ready(given.device)
    torch.set_num_threads(given.threads)
    round_products(given.precision)
    layouts = {
        name: summary(measure(given, name == "channels_last"))
        for name in (("channels_first", "channels_last") if given.layout == "both" else (given.layout,))
    }
    best = min(layouts, key=lambda name: layouts[name]["median_ms"])
    print(json.dumps({
        "name": f"PyTorch {torch.__version__.split('+')[0]}",
        "device": torch.cuda.get_device_name() if given.device == "cuda" else "cpu",
        "precision": given.precision,
        "compiled": given.compile,
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
