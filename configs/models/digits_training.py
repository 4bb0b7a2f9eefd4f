"""What the scripts that train on the digits share: images, augmentation, the loop, the export."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

FOLDER = Path(__file__).parent
TRAINING_SET = FOLDER.parent.parent / "datasets" / "digits" / "train.npz"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast a network learns."""

    epochs: int
    peak_rate: float
    batch: int = 64


def training_set(side: int) -> tuple[Tensor, Tensor]:
    """Images [N, 1, side, side] float32, -1-1, and labels [N].

    Resized with Pillow, as the preprocessing of the configs does it.
    """
    with np.load(TRAINING_SET) as arrays:
        images, labels = arrays["image"][..., 0], arrays["label"]
    large = [Image.fromarray(i).resize((side, side), Image.Resampling.BILINEAR) for i in images]
    pixels = np.stack(large)[:, np.newaxis].astype(np.float32)
    return torch.from_numpy(pixels) / 127.5 - 1, torch.from_numpy(labels)


def augmented(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turned by up to 0.2 rad, scaled by up to 15 %, moved by up to a sixteenth of the side."""

    def draw(width: float, *shape: int) -> Tensor:
        return (torch.rand(len(images), *shape, generator=generator) - 0.5) * width

    angle, size, shift = draw(0.4), 1 + draw(0.3), draw(0.25, 2)
    cosine, sine = size * angle.cos(), size * angle.sin()
    rows = (
        torch.stack([cosine, -sine, shift[:, 0]], 1),
        torch.stack([sine, cosine, shift[:, 1]], 1),
    )
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    # Shifted by one, so that what enters at the borders is background, -1.
    return functional.grid_sample(images + 1, grid, align_corners=False) - 1


def fit(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    side: int,
    *,
    schedule: Schedule,
    seed: int,
) -> nn.Module:
    """Train the network on the digits; the seed decides the order of images and their changes."""
    images, labels = training_set(side)
    generator = torch.Generator().manual_seed(seed)
    steps = schedule.epochs * -(-len(images) // schedule.batch)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, schedule.peak_rate, total_steps=steps, pct_start=0.1
    )
    for _ in range(schedule.epochs):
        for rows in torch.randperm(len(images), generator=generator).split(schedule.batch):
            logits = network(augmented(images[rows], generator))
            loss = functional.cross_entropy(logits, labels[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            rates.step()
    return network.eval()


def export(network: nn.Module, side: int, path: Path) -> None:
    """Write ONNX: input `image` [batch, 1, side, side], output `logits` [batch, 10]."""
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, side, side),),
        str(path),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        dynamo=False,  # the newer exporter needs a package more
    )
