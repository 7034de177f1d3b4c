"""Features of ResNet-18s in PyTorch, which the terminal's test of `augsphere import` compares ours with.

Writes `engine/cli/tests/golden/resnet18.safetensors`: `plain` (a 3x3 stem that pads by one; pixels normalised by the training images' own mean
and deviation) and `solo_learn` (torchvision's network as solo-learn changes it for CIFAR: the stem pads by two; its constants for CIFAR-10),
`[4, 512]` each, after global average pooling, in evaluation mode, computed in 64 bits. Weights and pixels are a formula of names and
indices, which `engine/cli/tests/terminal/import_pytorch.rs` follows too. Run this after a change of the formula or of the networks, never
because the test fails:

    python tests/peers/pytorch/features.py [AUGSPHERE]

First it sets every weight and statistic aside in turn, and stops if the features hardly change: then the file would prove nothing. Given the
program, it goes the whole way, too: a checkpoint of PyTorch, `scripts/to_safetensors.py`, `augsphere import`, `augsphere embed`; it prints the
largest difference from PyTorch, as a share of the largest feature.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import nn

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "engine/cli/tests/golden/resnet18.safetensors"
# solo-learn's for CIFAR-10, `--set data.normalise=cifar10` here.
CIFAR10 = torch.tensor([0.4914, 0.4822, 0.4465]).double(), torch.tensor([0.2470, 0.2435, 0.2616]).double()
# A part that changes no feature by this share of the largest one would not be missed by the test (tolerance 2e-5).
FELT = 1e-3


def hashed(name: str, count: int) -> numpy.ndarray:
    """Whole numbers of 32 bits, `[count]`: FNV-1a of the name, and for each index the finaliser `lowbias32` of its sum with 0x9e3779b9 times that."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    with numpy.errstate(over="ignore"):
        x = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9) + numpy.uint32(seed)
        x = (x ^ x >> 16) * numpy.uint32(0x7FEB352D)
        x = (x ^ x >> 15) * numpy.uint32(0x846CA68B)
        return x ^ x >> 16


def weight(name: str, shape: torch.Size) -> torch.Tensor:
    """A weight or statistic of the network: a convolution of He's scale; scales and variances around 1, but small ones for every eighth channel, so that
    the epsilon beside the variance counts; shifts and means around 0."""
    count = shape.numel()
    share = (hashed(name, count) >> 8) / 2.0**24
    small = numpy.arange(count) % 8 == 0
    if len(shape) == 4:
        value = (2 * share - 1) * numpy.sqrt(6 / shape[1:].numel())
    elif name.endswith("running_var"):
        value = numpy.where(small, 1e-4, 1.0) * (0.5 + share)
    elif name.endswith("weight"):
        value = numpy.where(small, 1e-2, 1.0) * (0.5 + share)
    else:
        value = 0.4 * share - 0.2
    return torch.from_numpy(value.astype(numpy.float32)).view(shape)


def image(name: str) -> torch.Tensor:
    """Bytes `[3, 32, 32]`: squares of 8 pixels, each of a colour of its own, with a little noise."""
    squares = (hashed(name, 48) >> 24).reshape(3, 4, 4).repeat(8, 1).repeat(8, 2) * 7 // 8
    return torch.from_numpy((squares + (hashed(f"{name}.noise", 3072) >> 27).reshape(3, 32, 32)).astype(numpy.uint8))


def network(padding: int) -> nn.Module:
    """torchvision's ResNet-18 with a 3x3 stem, without max-pool and classifier, as solo-learn changes it (there the padding is 2)."""
    model = torchvision.models.resnet18(weights=None)
    model.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=padding, bias=False)
    model.maxpool = model.fc = nn.Identity()
    state = {name: weight(name, value.shape) for name, value in model.state_dict().items() if value.is_floating_point()}
    missing = model.load_state_dict(state, strict=False)
    if missing.unexpected_keys or any("num_batches" not in name for name in missing.missing_keys):
        raise SystemExit(f"torchvision's names have changed: {missing}")
    return model.eval()


@torch.no_grad()
def features(model: nn.Module, images: torch.Tensor, by: tuple[torch.Tensor, torch.Tensor], kind=torch.float64) -> torch.Tensor:
    """`[N, 512]` of bytes `[N, 3, 32, 32]`, normalised by mean and deviation, in 64 bits unless another kind is asked for."""
    mean, deviation = (part.view(3, 1, 1) for part in by)
    return model.to(kind)(((images.double() / 255 - mean) / deviation).to(kind)).double()


def off(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference, as a share of the largest feature."""
    return ((found - expected).abs().max() / expected.abs().max()).item()


@torch.no_grad()
def check_that_every_part_counts(model: nn.Module, images: torch.Tensor, by, expected: torch.Tensor) -> None:
    """Stops if a weight or statistic could be ignored, or the epsilon be another one, without being felt."""
    changes = {}
    model.float()
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            continue
        kept = value.clone()
        value.fill_(1.0 if value.dim() == 1 and name.endswith(("weight", "running_var")) else 0.0)
        changes[name] = off(features(model, images, by, torch.float32), expected)
        value.copy_(kept)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for epsilon in (1e-3, 1e-6):
        for norm in norms:
            norm.eps = epsilon
        changes[f"an epsilon of {epsilon}"] = off(features(model, images, by, torch.float32), expected)
    for norm in norms:
        norm.eps = 1e-5
    least = min(changes, key=changes.get)
    print(f"set aside in turn: {len(changes)} parts; least felt: {least}, {changes[least]:.1e} of the largest feature")
    if changes[least] < FELT:
        raise SystemExit(f"{least} is hardly felt: change the formula")


def record(label: int, pixels: torch.Tensor) -> bytes:
    """An image of CIFAR-10's binary version."""
    return bytes([label]) + pixels.numpy().tobytes()


def whole_way(program: str, case: str, state: dict, settings: list[str], train: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """What `augsphere embed` makes of a checkpoint of PyTorch, `[N, 512]`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "data/data_batch_1.bin").write_bytes(b"".join(record(label % 10, train) for label in range(20)))
        (folder / "data/test_batch.bin").write_bytes(b"".join(record(label, one) for label, one in enumerate(images)))
        torch.save({"state_dict": state, "epoch": 3}, folder / "checkpoint.ckpt")

        def run(*command: str) -> None:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{case}: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")

        run(sys.executable, str(ROOT / "scripts/to_safetensors.py"), "checkpoint.ckpt", "theirs.safetensors")
        data = ["--set", "data.kind=cifar10", "--set", "data.path=data", *settings]
        run(program, "import", "theirs.safetensors", "-o", "theirs", *data)
        run(program, "embed", "theirs", "-o", "out.safetensors", "--split", "test", "--device", "cpu")
        return load_file(folder / "out.safetensors")["features"].double()


def main() -> None:
    program = str(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else None
    train = image("train")
    images = torch.stack([image(f"image{index}") for index in range(4)])
    pixels = train.double().flatten(1) / 255
    own = pixels.mean(1), pixels.std(1, unbiased=False)
    cases = {"plain": (1, own, "", []), "solo_learn": (2, CIFAR10, "backbone.", ["--set", "encoder.padding=2", "--set", "data.normalise=cifar10"])}
    golden = {}
    for case, (padding, by, prefix, settings) in cases.items():
        model = network(padding)
        expected = features(model, images, by)
        golden[case] = expected.float().contiguous()
        rows = expected / expected.norm(dim=1, keepdim=True)
        print(f"{case}: features from {expected.min():.3f} to {expected.max():.3f}, cosines of images {(rows @ rows.T).min():.3f} and more")
        check_that_every_part_counts(model, images, by, expected)
        print(f"  PyTorch in 32 bits differs by {off(features(model, images, by, torch.float32), expected):.1e} of the largest feature")
        if program:
            state = {f"{prefix}{name}": value for name, value in model.float().state_dict().items()}
            if prefix:
                state |= {f"momentum_{name}": value.flip(0) if value.dim() else value for name, value in state.items()}
                state["classifier.weight"] = torch.zeros(10, 512)
            found = whole_way(program, case, state, settings, train, images)
            print(f"  checkpoint, converter, import, embed: ours differ by {off(found, expected):.1e}")
    save_file(golden, GOLDEN, metadata={"made_by": "tests/peers/pytorch/features.py", "torch": torch.__version__.split("+")[0]})
    print(f"written: {GOLDEN.relative_to(ROOT)}, {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
