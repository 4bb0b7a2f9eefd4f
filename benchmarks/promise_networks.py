"""Small networks that are too sure, not sure enough, or judged on what they were trained on.

    python benchmarks/promise_networks.py --output evidence

Each is trained in seconds with PyTorch on made-up images of ten classes that overlap. Its variants
round weights (a scale a channel) and activations (a scale a tensor) to so many bits, as NNCF does.
What differs is what an estimate of the drop could be misled by: how sure the network is for how
often it is right, whether it was trained on the images, and whether labels are wrong. The networks
in `HELD_OUT` took no part in the choice of the estimate: they are trained in the same five ways,
but are plain convolutional networks of 4 and of 40 classes. One file a network, for `promise.py`.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

SIDE = 16

VARIANTS: Mapping[str, tuple[int, int]] = {
    "8 bits": (8, 8),
    "6-bit weights": (6, 8),
    "6-bit activations": (8, 6),
    "6 bits": (6, 6),
    "damaged: 5-bit activations": (8, 5),
    "damaged: 5 bits": (5, 5),
    "damaged: 4-bit weights": (4, 8),
}
"""Bits of weights and of activations."""


@dataclass(frozen=True)
class Training:
    """How a network is trained, and on what it is judged.

    Attributes:
        images: to train on.
        epochs: over them.
        smoothing: of the labels in the loss.
        wrong_labels: share of training labels drawn anew.
        wrong_judged: share of the judged images' labels drawn anew.
        judged_on_training: whether the judged images are training images.
        judged: images that the network is judged on, at most.
        classes: of the images.
        depthwise: a MobileNet in small; otherwise plain convolutions.
    """

    images: int
    epochs: int
    smoothing: float = 0.0
    wrong_labels: float = 0.0
    wrong_judged: float = 0.0
    judged_on_training: bool = False
    judged: int = 20000
    classes: int = 10
    depthwise: bool = True


NETWORKS: Mapping[str, Training] = {
    "too_sure": Training(2000, 40),
    "not_sure_enough": Training(8000, 10, smoothing=0.4),
    "wrong_labels": Training(8000, 10, wrong_judged=0.08),
    "trained_on": Training(3000, 14, judged_on_training=True),
    "trained_on_wrong_labels": Training(3000, 20, wrong_labels=0.1, judged_on_training=True),
}

HELD_OUT: Mapping[str, Training] = {
    f"{name}_held{classes}": replace(
        how, images=how.images * more, judged=8000, classes=classes, depthwise=False
    )
    for classes, more in ((4, 1), (40, 2))
    for name, how in NETWORKS.items()
}


def images_of(
    labels: NDArray[np.int64], classes: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """[N, 1, SIDE, SIDE]: a pattern a class, mixed with another and shifted, under noise."""
    patterns = np.random.default_rng(7).normal(0, 1, (classes, 5, 5)).repeat(4, 1).repeat(4, 2)
    count = len(labels)
    share = random.uniform(0, 0.62, (count, 1, 1))
    mixed = (1 - share) * patterns[labels] + share * patterns[random.integers(0, classes, count)]
    shifts = random.integers(0, 4, (count, 2))
    cut = np.stack(
        [image[y : y + SIDE, x : x + SIDE] for image, (y, x) in zip(mixed, shifts, strict=True)]
    )
    return ((cut + random.normal(0, 0.9, cut.shape))[:, None] / 3).astype(np.float32)


def some_replaced(
    labels: NDArray[np.int64], share: float, classes: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """The labels, a share of them drawn anew."""
    replaced = random.random(len(labels)) < share
    return np.where(replaced, random.integers(0, classes, len(labels)), labels)


def plain_network(classes: int) -> nn.Sequential:
    """Three convolutions and two linear layers."""

    def block(channels: int, out: int, stride: int) -> list[nn.Module]:
        return [
            nn.Conv2d(channels, out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
        ]

    return nn.Sequential(
        *block(1, 24, 1),
        *block(24, 32, 2),
        *block(32, 48, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(48, 64),
        nn.ReLU(),
        nn.Linear(64, classes),
    )


def depthwise_network(classes: int) -> nn.Sequential:
    """A MobileNet in small: depthwise layers, which INT8 hurts most."""

    def block(channels: int, out: int, stride: int) -> list[nn.Module]:
        return [
            nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU6(),
            nn.Conv2d(channels, out, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU6(),
        ]

    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU6(),
        *block(16, 32, 2),
        *block(32, 32, 1),
        *block(32, 64, 2),
        *block(64, 64, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


def trained(how: Training, inputs: torch.Tensor, targets: torch.Tensor) -> nn.Sequential:
    """The network after training, in evaluation mode."""
    torch.manual_seed(0)
    build = depthwise_network if how.depthwise else plain_network
    made = build(how.classes).to(inputs.device)
    optimizer = torch.optim.AdamW(made.parameters(), 3e-3)
    steps = how.epochs * (len(targets) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps + 1)
    loss = nn.CrossEntropyLoss(label_smoothing=how.smoothing)
    for _ in range(how.epochs):
        order = torch.randperm(len(targets), device=inputs.device)
        for start in range(0, len(targets) - 63, 64):
            chosen = order[start : start + 64]
            optimizer.zero_grad()
            loss(made(inputs[chosen]), targets[chosen]).backward()
            optimizer.step()
            schedule.step()
    return made.eval()


def rounded(values: torch.Tensor, scale: torch.Tensor, bits: int) -> torch.Tensor:
    """Values on a symmetric grid of so many bits; `scale` is the largest magnitude."""
    most = 2 ** (bits - 1) - 1
    step = scale.clamp_min(1e-12) / most
    grid: torch.Tensor = (values / step).round().clamp(-most, most)
    return grid * step


@torch.no_grad()
def outputs(
    made: nn.Sequential, inputs: torch.Tensor, bits: tuple[int, int] | None
) -> torch.Tensor:
    """[N, classes] logits; with rounded weights and activations where bits are given."""
    value = inputs
    for layer in made:
        is_weighted = isinstance(layer, nn.Conv2d | nn.Linear)
        if not is_weighted or bits is None:
            value = layer(value)
            continue
        weight = torch.as_tensor(layer.weight).detach().clone()
        axes = tuple(range(1, weight.ndim))
        layer.weight.data = rounded(weight, weight.abs().amax(axes, keepdim=True), bits[0])
        value = layer(rounded(value, value[:300].abs().max(), bits[1]))
        layer.weight.data = weight
    return value


def write(name: str, how: Training, path: Path, device: str) -> None:
    """Train one network, and write what it and its variants answer."""
    random = np.random.default_rng(len(name))
    truth = random.integers(0, how.classes, how.images)
    images = images_of(truth, how.classes, random)
    labels = some_replaced(truth, how.wrong_labels, how.classes, random)
    made = trained(how, torch.tensor(images, device=device), torch.tensor(labels, device=device))
    if not how.judged_on_training:
        labels = random.integers(0, how.classes, how.judged)
        images = images_of(labels, how.classes, random)
        labels = some_replaced(labels, how.wrong_judged, how.classes, random)
    judged = torch.tensor(images[: how.judged], device=device)
    probabilities = outputs(made, judged, None).softmax(1)
    answers = [outputs(made, judged, bits).argmax(1).cpu().numpy() for bits in VARIANTS.values()]
    np.savez_compressed(
        path,
        probabilities=probabilities.cpu().numpy(),
        labels=labels[: how.judged],
        names=np.array(list(VARIANTS)),
        variants=np.array(answers),
    )


def main() -> None:
    """Train and write the networks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    networks = {**NETWORKS, **HELD_OUT}
    parser.add_argument("--networks", nargs="*", default=list(networks), choices=list(networks))
    parser.add_argument("--output", type=Path, default=Path("evidence"))
    words = parser.parse_args()
    words.output.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for name in words.networks:
        write(name, networks[name], words.output / f"trained_{name}.npz", device)


if __name__ == "__main__":
    main()
