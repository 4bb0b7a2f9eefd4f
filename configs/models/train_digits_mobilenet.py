"""Train the quickstart's network: a MobileNet v1 in small, on the digits' training part.

Run: `python configs/models/train_digits_mobilenet.py [--seed N]` (needs the extra `train`; two to
seven minutes on one core). It writes `digits_mobilenet.onnx`, which is committed. The seed fixes
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

The wide blocks are where the time goes, so INT8 pays. On a CPU without VNNI plain INT8 loses one to
two points of accuracy. Not every seed gives such a network: with seed 4 plain INT8 loses nothing.
"""

import argparse
from pathlib import Path

import torch
from digits_training import FOLDER, Schedule, export, fit
from torch import Tensor, nn

SIDE = 64
STEM = 48
BLOCKS = ((128, 1), (128, 1), (8, 2), (12, 1), (16, 2), (16, 2))
"""Output channels and stride of each depthwise separable block."""
SCHEDULE = Schedule(epochs=30, peak_rate=0.03, batch=32)


def _convolution(inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    scale = nn.BatchNorm2d(outputs)
    nn.init.uniform_(scale.weight)
    return nn.Sequential(convolution, scale, nn.ReLU())


class DigitsMobileNet(nn.Module):
    """[N, 1, 64, 64] float32, -1-1, to logits [N, 10]."""

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


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=FOLDER / "digits_mobilenet.onnx")
    options = parser.parse_args()
    # One thread adds in one order, so that the seed fixes the result.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    network = DigitsMobileNet()
    optimizer = torch.optim.SGD(
        network.parameters(), SCHEDULE.peak_rate, momentum=0.9, nesterov=True
    )
    export(
        fit(network, optimizer, SIDE, schedule=SCHEDULE, seed=options.seed), SIDE, options.output
    )
    print(options.output)


if __name__ == "__main__":
    main()
