"""Exports whose one line between two layers is what people write: `x[:, -1]`, glu, cumsum, ..."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from tests.miniatures.record import Miniature

WIDTH, STEPS, COUNT, TOGETHER = 16, 8, 6, 8
Line = Callable[[torch.Tensor], torch.Tensor]

SEQUENCE: dict[str, Line] = {
    "x[:, -1]": lambda x: x[:, -1],
    "x[:, 0]": lambda x: x[:, 0],
    "x[..., -1]": lambda x: x[..., -1],
    "x[:, 1:-1]": lambda x: x[:, 1:-1],
    "x[:, ::2]": lambda x: x[:, ::2],
    "x.select(1, -1)": lambda x: x.select(1, -1),
    "x.mean(1)": lambda x: x.mean(1),
    "x.mean()": lambda x: x.mean(),
    "x.std(1)": lambda x: x.std(1),
    "x.max(1)": lambda x: x.max(1).values,
    "x.sum(-1)": lambda x: x.sum(-1),
    "x.norm": lambda x: x.norm(dim=-1),
    "normalize": lambda x: functional.normalize(x, dim=-1),
    "glu": lambda x: functional.glu(x, -1),
    "chunk": lambda x: x.chunk(2, -1)[0] * x.chunk(2, -1)[1].sigmoid(),
    "split on the last axis": lambda x: sum(x.split(4, -1)),
    "unbind on the last axis": lambda x: x.unbind(-1)[0] + x.unbind(-1)[-1],
    "unbind over time": lambda x: torch.stack(x.unbind(1)[::-1], 1),
    "cumsum": lambda x: x.cumsum(1),
    "cumsum of the last axis": lambda x: x.cumsum(-1),
    "einsum, attention": lambda x: torch.einsum("bid,bjd->bij", x, x),
    "einsum, outer product": lambda x: torch.einsum("bi,bj->bij", x[:, 0], x[:, 1]),
    "bmm": lambda x: torch.bmm(x, x.transpose(1, 2)),
    "softmax attention": lambda x: functional.scaled_dot_product_attention(x, x, x),
    "causal attention": lambda x: functional.scaled_dot_product_attention(x, x, x, is_causal=True),
    "gather": lambda x: x.gather(1, torch.zeros(1, 1, WIDTH, dtype=torch.long)),
    "index_select": lambda x: x.index_select(1, torch.tensor([0, 3, 5])),
    "scatter": lambda x: torch.zeros_like(x).scatter(1, x.argmax(1, keepdim=True), 1.0) * x,
    "scatter_add": lambda x: torch.zeros(1, 2, WIDTH).scatter_add(
        1, torch.zeros(1, STEPS, WIDTH, dtype=torch.long), x
    ),
    "masked_fill": lambda x: x.masked_fill(x < 0, -1.0),
    "where": lambda x: torch.where(x > 0, x, 0.1 * x),
    "clamp": lambda x: x.clamp(-1, 1),
    "topk": lambda x: x.topk(3, 1).values,
    "sort": lambda x: x.sort(1).values,
    "one_hot": lambda x: functional.one_hot(x.argmax(1), STEPS).float(),
    "roll": lambda x: x.roll(1, 1),
    "flip": lambda x: x.flip(1),
    "pad": lambda x: functional.pad(x, (0, 0, 1, 1)),
    "repeat": lambda x: x.repeat(1, 2, 1),
    "expand": lambda x: x[:, :1].expand(-1, STEPS, -1) - x,
    "tril": torch.tril,
    "layer_norm": lambda x: functional.layer_norm(x, (WIDTH,)),
    "RMS norm": lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6),
    "gelu": functional.gelu,
    "gelu, tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "silu": functional.silu,
    "mish": functional.mish,
    "softplus": functional.softplus,
    "log_softmax": lambda x: x.log_softmax(-1),
    "log of a sum": lambda x: x.exp().sum(1).log(),
    "sin and cos": lambda x: torch.cat((x.sin(), x.cos()), -1),
    "position by arange": lambda x: x + torch.arange(STEPS).float()[None, :, None] / STEPS,
    "floor division": lambda x: x + (torch.arange(STEPS) // 2).float()[None, :, None],
    "unfold": lambda x: x.unfold(1, 4, 2).mean(-1),
    "flatten": lambda x: x.flatten(1),
}

IMAGE: dict[str, Line] = {
    "pixel shuffle": lambda x: functional.pixel_shuffle(x, 2),
    "pixel unshuffle": lambda x: functional.pixel_unshuffle(x, 2),
    "interpolate, nearest": lambda x: functional.interpolate(x, scale_factor=2.0),
    "interpolate, bilinear": lambda x: functional.interpolate(x, size=(12, 12), mode="bilinear"),
    "adaptive average pool": lambda x: functional.adaptive_avg_pool2d(x, 2),
    "mean of pixels": lambda x: x.mean((2, 3)),
    "global maximum": lambda x: x.amax((2, 3)),
    "channel shuffle": lambda x: x.reshape(1, 4, 4, 8, 8).transpose(1, 2).reshape(1, WIDTH, 8, 8),
    "grid_sample": lambda x: functional.grid_sample(
        x, x[:, :2].permute(0, 2, 3, 1).tanh(), align_corners=False
    ),
    "instance norm": functional.instance_norm,
    "group norm": lambda x: functional.group_norm(x, 4),
}


class Lines(nn.Module):
    """A layer, several lines side by side, and behind each a layer over all that it gives."""

    def __init__(self, lines: Sequence[Line], first: nn.Module, sample: torch.Tensor) -> None:
        super().__init__()
        self.lines, self.first = tuple(lines), first
        with torch.no_grad():
            sizes = [line(first(sample)).numel() for line in lines]
        self.heads = nn.ModuleList(nn.Linear(size, 4) for size in sizes)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        h = self.first(x)
        return tuple(
            head(line(h).reshape(1, -1)) for line, head in zip(self.lines, self.heads, strict=True)
        )


def _exported(lines: Sequence[Line], sample: torch.Tensor) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        torch.manual_seed(0)
        first = nn.Conv2d(3, WIDTH, 3, padding=1) if sample.ndim == 4 else nn.Linear(WIDTH, WIDTH)
        path = folder / "model.onnx"
        torch.onnx.export(
            Lines(lines, first, sample).eval(),
            (sample,),
            str(path),
            input_names=["x"],
            dynamo=False,
            opset_version=17,
        )
        return path

    return write


def _miniatures(lines: dict[str, Line], samples: NDArray[np.float32]) -> tuple[Miniature, ...]:
    """One network for each few lines: reading and quantizing cost less than one for each."""
    first = torch.from_numpy(samples[:1])
    names = list(lines)
    chunks = [names[start : start + TOGETHER] for start in range(0, len(names), TOGETHER)]
    return tuple(
        Miniature(
            "; ".join(chunk),
            None,
            {"x": samples},
            file=_exported([lines[name] for name in chunk], first),
        )
        for chunk in chunks
    )


_random = np.random.default_rng(0)
MINIATURES = (
    *_miniatures(SEQUENCE, _random.standard_normal((COUNT, STEPS, WIDTH)).astype(np.float32)),
    *_miniatures(IMAGE, _random.standard_normal((COUNT, 3, 8, 8)).astype(np.float32)),
)
