"""How compilations, inferences and full evaluations grow with the number of groups.

    python benchmarks/growth.py --groups 15 30 60 120

Builds residual networks of so many convolutions with random weights, labels images by what FP32
answers, and runs the search at a budget that plain INT8 misses. Prints a table and writes JSON.
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import openvino as ov
import yaml
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.commands.run import run
from calibrate.config.load import load_config

CHANNELS, SIDE, CLASSES, IMAGES = 8, 12, 100, 160

EFFECTIVE = 4.0
"""Blocks' worth of what all blocks together add to the stream, whatever their number."""


@dataclass(frozen=True)
class Row:
    """What one network cost, and what became of it."""

    groups: int
    compilations: int
    inferences: int
    sensitivity_compilations: int
    full_evaluations: int
    seconds: float
    times_the_floor: float
    passed: bool
    precisions: dict[str, int]
    speedup: float
    drop: float


def network(groups: int, generator: np.random.Generator, images: NDArray[np.float32]) -> ov.Model:
    """A chain of residual blocks, one convolution each, and a classifier.

    Blocks add less to the stream the more there are, so that activations keep their size at any
    depth. The classifier's scores are as far apart as these images allow: else a deep network
    of random weights answers the same whatever it sees.
    """
    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})

    def convolved(source: ov.Node, inside: int, name: str) -> ov.Node:
        weights = generator.normal(0, (2 / (9 * inside)) ** 0.5, (CHANNELS, inside, 3, 3))
        # Channels of very different size, as folded batch norms leave them.
        sizes = np.exp(generator.normal(0, 1.0, (CHANNELS, 1, 1, 1)))
        weights *= sizes / np.sqrt(np.mean(sizes**2))
        layer = ops.convolution(
            source, weights.astype(np.float32), [1, 1], [1, 1], [1, 1], [1, 1], name=name
        )
        bias = generator.normal(0, 0.1, (1, CHANNELS, 1, 1)).astype(np.float32)
        return ops.add(layer, bias)

    added = min(0.5, EFFECTIVE / groups)
    kept, new = np.float32((1 - added) ** 0.5), np.float32(added**0.5)
    stream = convolved(image, 3, "conv0")
    for number in range(1, groups - 1):
        branch = convolved(ops.relu(stream), CHANNELS, f"conv{number}")
        stream = ops.add(ops.multiply(stream, kept), ops.multiply(branch, new))
    pooled = ops.reshape(
        ops.reduce_mean(ops.relu(stream), [2, 3]), [1, CHANNELS], special_zero=False
    )
    features = answers(ov.Model([pooled], [image], "features"), images)
    head = generator.normal(0, 1, (CHANNELS, CLASSES))
    scores = features @ head
    head /= scores.std(axis=0)
    logits = ops.matmul(
        pooled, head.astype(np.float32), transpose_a=False, transpose_b=False, name="head"
    )
    centred = ops.add(logits, -(features @ head).mean(axis=0, keepdims=True).astype(np.float32))
    centred.output(0).set_names({"logits"})
    return ov.Model([centred], [image], f"chain{groups}")


def answers(model: ov.Model, images: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a model with one output gives: [N, ...] without the batch."""
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array([compiled(one[None])[0][0] for one in images], np.float64)


def write_job(groups: int, folder: Path) -> Path:
    """Build and label one network; return the path of its config."""
    folder.mkdir(exist_ok=True)
    generator = np.random.default_rng(groups)
    images = generator.normal(0, 1, (IMAGES, 3, SIDE, SIDE)).astype(np.float32)
    images += generator.normal(0, 1, (IMAGES, 3, 1, 1)).astype(np.float32)
    model = network(groups, generator, images)
    labels = answers(model, images).argmax(axis=1)
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    np.savez(folder / "data.npz", image=images, label=labels)
    config = {
        "model": {"path": "model.xml"},
        "dataset": {"adapter": {"type": "arrays", "data_source": "data.npz", "label_key": "label"}},
        "decoder": {"type": "classification"},
        "metrics": [{"type": "accuracy"}],
        "budget": {"max_drop": 0.0005},
        "search": {"recipes": "default"},
        "output": {"dir": "out"},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def one(groups: int, folder: Path) -> Row:
    """Build, label and calibrate one network."""
    report = run(load_config(write_job(groups, folder)))
    stages, cost = report.cost.stages, report.cost
    evaluated = sum(
        stages[name].compilations for name in ("candidates", "acceptance") if name in stages
    )
    sensitivity = stages.get("sensitivity")
    return Row(
        groups=len(report.groups),
        compilations=cost.compilations,
        inferences=cost.inferences - stages["timing"].inferences,
        sensitivity_compilations=sensitivity.compilations if sensitivity else 0,
        full_evaluations=evaluated,
        seconds=cost.seconds,
        times_the_floor=cost.seconds / cost.floor.seconds,
        passed=report.verdict.passed,
        precisions=dict(Counter(group.precision for group in report.groups)),
        speedup=report.performance["result"].speedup,
        drop=next(iter(report.metrics.values())).result["acceptance"].drop or 0.0,
    )


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, nargs="+", default=[15, 30, 60, 120])
    parser.add_argument("--output", type=Path, default=Path("growth.json"))
    words = parser.parse_args()
    rows = []
    for groups in words.groups:
        with tempfile.TemporaryDirectory() as folder:
            # Nothing that an earlier run measured may help this one.
            os.environ["XDG_CACHE_HOME"] = folder
            rows.append(one(groups, Path(folder)))
        print(json.dumps(asdict(rows[-1])), flush=True)
    words.output.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
