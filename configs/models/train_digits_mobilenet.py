"""Train the quickstart's network: a MobileNet v1 in small, on the digits' training part.

Run: `python configs/models/train_digits_mobilenet.py [--seed N]` (needs the extra `train`; one to
three minutes on one core). It writes `digits_mobilenet.onnx`, which is committed. The seed fixes
the result on one machine and release of torch; elsewhere rounding differs, and with it the figures.

Nothing in the weights was put there by hand. The network is harder for INT8 than its size suggests,
for reasons that larger networks have too:

- ReLU without the cap of ReLU6 bounds no activation, and nothing (no weight decay) pulls the
  scales of batch normalization together. They start between 0 and 1, drawn evenly, which was
  torch's own default up to 1.1. So a few channels of a tensor grow that fire strongly, for one or
  two classes only. NNCF's default range is the mean of the images' maxima: it cuts such channels
  off, and a range wide enough leaves the other channels few of the 256 levels.
- Behind its wide first blocks it is narrow, 8 to 16 channels: little averages an error out before
  the classifier sees it.

The wide blocks are where the time goes, so INT8 pays. On a CPU without VNNI plain INT8 loses about
half a point of accuracy, some of it to saturation; where products cannot saturate, it loses less.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

FOLDER = Path(__file__).parent
TRAINING_SET = FOLDER.parent.parent / "datasets" / "digits" / "train.npz"
SIDE = 32
STEM = 48
BLOCKS = ((128, 1), (128, 1), (8, 2), (12, 1), (16, 2), (16, 2))
"""Output channels and stride of each depthwise separable block."""
EPOCHS = 30
BATCH = 32
PEAK_RATE = 0.03


def _convolution(inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    scale = nn.BatchNorm2d(outputs)
    nn.init.uniform_(scale.weight)
    return nn.Sequential(convolution, scale, nn.ReLU())


class DigitsMobileNet(nn.Module):
    """[N, 1, 32, 32] float32, -1-1, to logits [N, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _convolution(1, STEM, 3, 2, 1)
        self.blocks = nn.ModuleList()
        channels = STEM
        for outputs, stride in BLOCKS:
            block = nn.Sequential()
            block.add_module("depthwise", _convolution(channels, channels, 3, stride, channels))
            block.add_module("pointwise", _convolution(channels, outputs, 1, 1, 1))
            self.blocks.append(block)
            channels = outputs
        self.classifier = nn.Linear(channels, 10)

    def forward(self, image: Tensor) -> Tensor:
        """The logits."""
        features = self.stem(image)
        for block in self.blocks:
            features = block(features)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """[N, 8, 8, 1] uint8 to [N, 1, 32, 32] float32, as the preprocessing of the config does it."""
    size = (SIDE, SIDE)
    large = [Image.fromarray(i[..., 0]).resize(size, Image.Resampling.BILINEAR) for i in images]
    return torch.from_numpy(np.stack(large)[:, np.newaxis].astype(np.float32)) / 127.5 - 1


def _augmented(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turned by up to 0.2 rad, scaled by up to 15 %, moved by up to a pixel."""

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


def train(images: Tensor, labels: Tensor, seed: int) -> nn.Module:
    """The trained network, ready for inference."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = DigitsMobileNet()
    optimizer = torch.optim.SGD(network.parameters(), PEAK_RATE, momentum=0.9, nesterov=True)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_RATE, total_steps=steps, pct_start=0.1
    )
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(images), generator=generator).split(BATCH):
            logits = network(_augmented(images[rows], generator))
            loss = functional.cross_entropy(logits, labels[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--output", type=Path, default=FOLDER / "digits_mobilenet.onnx")
    options = parser.parse_args()
    # One thread adds in one order, so that the seed fixes the result.
    torch.set_num_threads(1)
    with np.load(TRAINING_SET) as arrays:
        images, labels = to_input(arrays["image"]), torch.from_numpy(arrays["label"])
    network = train(images, labels, options.seed)
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, SIDE, SIDE),),
        str(options.output),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        dynamo=False,  # the newer exporter needs a package more
    )
    print(options.output)


if __name__ == "__main__":
    main()
