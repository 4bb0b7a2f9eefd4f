"""Small networks after well-known architectures, with random weights, exported by PyTorch."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tests.miniatures.record import Miniature

COUNT, SIDE = 6, 32


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Module:
    """A convolution and a batch norm."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class RepVgg(nn.Module):
    """Three branches as in training: 3x3, 1x1 and a batch norm alone, added."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.wide, self.narrow = conv(3, 16, 3, 2), conv(16, 16), conv(16, 16, 1)
        self.same, self.head = nn.BatchNorm2d(16), nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.stem(x).relu()
        h = (self.wide(h) + self.narrow(h) + self.same(h)).relu()
        return self.head(h.mean((2, 3)))


class MobileNetV3(nn.Module):
    """An inverted bottleneck with squeeze-and-excitation, hard swish and hard sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.expand = conv(3, 16, 3, 2), conv(16, 64, 1)
        self.depthwise, self.project = conv(64, 64, 5, 2, 64), conv(64, 24, 1)
        self.squeeze, self.excite = nn.Conv2d(64, 16, 1), nn.Conv2d(16, 64, 1)
        self.head = nn.Linear(24, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = functional.hardswish(self.expand(functional.hardswish(self.stem(x))))
        h = functional.hardswish(self.depthwise(h))
        scale = self.excite(self.squeeze(functional.adaptive_avg_pool2d(h, 1)).relu())
        return self.head(self.project(h * functional.hardsigmoid(scale)).mean((2, 3)))


class EfficientNet(MobileNetV3):
    """The same with swish, a sigmoid, and a residual."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = functional.silu(self.expand(functional.silu(self.stem(x))))
        d = functional.silu(self.depthwise(h))
        scale = self.excite(functional.silu(self.squeeze(d.mean((2, 3), keepdim=True))))
        h = self.project(d * scale.sigmoid())
        return self.head((h + functional.avg_pool2d(h, 3, 1, 1)).mean((2, 3)))


class LeVit(nn.Module):
    """A stem of convolutions, attention with a bias for each offset, batch norms on tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, 16, 3, 2), nn.Hardswish(), conv(16, 32, 3, 4))
        self.qkv, self.project = nn.Linear(32, 64, bias=False), nn.Linear(32, 32)
        self.norm, self.bias = nn.BatchNorm1d(64), nn.Parameter(torch.randn(2, 16, 16) * 0.1)
        self.head = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.stem(x).flatten(2).transpose(1, 2)
        qkv = self.norm(self.qkv(tokens).flatten(0, 1)).reshape(1, 16, 2, 32)
        q, k, v = qkv.split([8, 8, 16], dim=3)
        q, k, v = (part.permute(0, 2, 1, 3) for part in (q, k, v))
        weights = (q @ k.transpose(-2, -1) * 8**-0.5 + self.bias).softmax(-1)
        mixed = functional.hardswish((weights @ v).transpose(1, 2).reshape(1, 16, 32))
        return self.head((tokens + self.project(mixed)).mean(1))


class MobileVit(nn.Module):
    """Patches unfolded to tokens, a transformer over them, folded back and joined."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.join, self.head = conv(3, 16, 3, 4), conv(32, 16), nn.Linear(16, 10)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, 0.0, "gelu", batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = functional.silu(self.stem(x))
        patches = h.reshape(16, 4, 2, 4, 2).permute(2, 4, 1, 3, 0).reshape(4, 16, 16)
        mixed = self.block(patches).reshape(2, 2, 4, 4, 16).permute(4, 2, 0, 3, 1)
        joined = self.join(torch.cat((h, mixed.reshape(1, 16, 8, 8)), 1))
        return self.head(joined.mean((2, 3)))


class Xcit(nn.Module):
    """Attention between channels: normalised queries and keys, with a temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.qkv = conv(3, 32, 3, 4), nn.Linear(32, 96)
        self.norm, self.scale = nn.LayerNorm(32), nn.Parameter(torch.ones(2, 1, 1))
        self.local, self.head = conv(32, 32, 3, 1, 32), nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.stem(x).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(self.norm(tokens)).reshape(1, 64, 3, 2, 16).permute(2, 0, 3, 4, 1)
        q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
        mixed = (q @ k.transpose(-2, -1) * self.scale).softmax(-1) @ v
        tokens = tokens + mixed.permute(0, 3, 1, 2).reshape(1, 64, 32)
        local = functional.gelu(self.local(tokens.transpose(1, 2).reshape(1, 32, 8, 8)))
        return self.head(local.mean((2, 3)))


class ConvNext(nn.Module):
    """Depthwise 7x7, a layer norm over channels, two products and a scale per channel."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.depthwise = nn.Conv2d(3, 16, 4, 4), nn.Conv2d(16, 16, 7, 1, 3, groups=16)
        self.norm, self.wide, self.narrow = nn.LayerNorm(16), nn.Linear(16, 64), nn.Linear(64, 16)
        self.scale, self.head = nn.Parameter(torch.full((16,), 0.5)), nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.stem(x)
        y = self.norm(self.depthwise(h).permute(0, 2, 3, 1))
        y = self.scale * self.narrow(functional.gelu(self.wide(y)))
        return self.head((h + y.permute(0, 3, 1, 2)).mean((2, 3)))


def _exported(network: type[nn.Module]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        torch.manual_seed(0)
        path = folder / "model.onnx"
        torch.onnx.export(
            network().eval(),
            (torch.zeros(1, 3, SIDE, SIDE),),
            str(path),
            input_names=["x"],
            dynamo=False,
            opset_version=17,
        )
        return path

    return write


IMAGES = np.random.default_rng(0).standard_normal((COUNT * 4, 3, SIDE, SIDE)).astype(np.float32)
MINIATURES = tuple(
    Miniature(network.__name__, None, {"x": IMAGES}, file=_exported(network))
    for network in (RepVgg, MobileNetV3, EfficientNet, LeVit, MobileVit, Xcit, ConvNext)
)
