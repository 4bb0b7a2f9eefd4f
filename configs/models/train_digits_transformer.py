"""Train a vision transformer in small on the digits' training part.

Run: `python configs/models/train_digits_transformer.py [--seed N]` (needs the extra `train`; about
a minute on one core). It writes `digits_transformer.onnx`, which is committed. Nearly all of its
weights stand in matrix products, which is what weight compression and SmoothQuant are about.
"""

import argparse
from pathlib import Path

import torch
from digits_training import FOLDER, Schedule, export, fit
from torch import Tensor, nn
from torch.nn import functional

SIDE = 16
PATCH = 4
TOKENS = (SIDE // PATCH) ** 2
WIDTH = 96
HEADS = 4
LAYERS = 4
SCHEDULE = Schedule(epochs=60, peak_rate=0.001)


class Layer(nn.Module):
    """Attention and a two-layer perceptron, each behind its normalization."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.query_key_value = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention_output = nn.Linear(WIDTH, WIDTH)
        self.perceptron_norm = nn.LayerNorm(WIDTH)
        self.grow = nn.Linear(WIDTH, 2 * WIDTH)
        self.shrink = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, tokens, width] to the same."""
        mixed = self.query_key_value(self.attention_norm(tokens))
        split = mixed.reshape(-1, TOKENS, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        weights = (query @ key.transpose(2, 3) * (WIDTH // HEADS) ** -0.5).softmax(3)
        attended = (weights @ value).transpose(1, 2).reshape(-1, TOKENS, WIDTH)
        tokens = tokens + self.attention_output(attended)
        grown = functional.gelu(self.grow(self.perceptron_norm(tokens)))
        result: Tensor = tokens + self.shrink(grown)
        return result


class DigitsTransformer(nn.Module):
    """[N, 1, 16, 16] float32, -1-1, to logits [N, 10]: 16 patches of 4 x 4 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, WIDTH, PATCH, PATCH)
        self.positions = nn.Parameter(torch.randn(1, TOKENS, WIDTH) * 0.02)
        self.layers = nn.Sequential(*(Layer() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        self.classifier = nn.Linear(WIDTH, 10)

    def forward(self, image: Tensor) -> Tensor:
        """The logits."""
        tokens = self.patches(image).flatten(2).transpose(1, 2) + self.positions
        logits: Tensor = self.classifier(self.norm(self.layers(tokens)).mean(1))
        return logits


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=FOLDER / "digits_transformer.onnx")
    options = parser.parse_args()
    # One thread adds in one order, so that the seed fixes the result.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    network = DigitsTransformer()
    optimizer = torch.optim.AdamW(network.parameters(), SCHEDULE.peak_rate, weight_decay=0.05)
    export(
        fit(network, optimizer, SIDE, schedule=SCHEDULE, seed=options.seed), SIDE, options.output
    )
    print(options.output)


if __name__ == "__main__":
    main()
