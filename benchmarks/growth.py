"""How compilations, inferences and full evaluations grow with the number of groups.

    python benchmarks/growth.py --groups 28 60

Builds residual networks of so many convolutions with random weights, labels images by what FP32
answers, and runs the search at a budget that plain INT8 misses. Prints a table and writes JSON.
"""

import argparse
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import openvino as ov
import yaml
from openvino import opset13 as ops

from calibrate.config.load import load_config
from calibrate.pipeline import run

CHANNELS, SIDE, CLASSES, IMAGES = 8, 12, 100, 160


@dataclass(frozen=True)
class Row:
    """What one network cost."""

    groups: int
    compilations: int
    inferences: int
    sensitivity_compilations: int
    full_evaluations: int
    seconds: float
    times_the_floor: float
    passed: bool


def network(groups: int, generator: np.random.Generator) -> ov.Model:
    """A chain of residual blocks, one convolution each, and a classifier."""
    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})

    def convolved(source: ov.Node, inside: int, outside: int, name: str) -> ov.Node:
        weights = generator.normal(0, (2 / (9 * inside)) ** 0.5, (outside, inside, 3, 3))
        # Channels of very different size, as folded batch norms leave them.
        weights *= np.exp(generator.normal(0, 1.0, (outside, 1, 1, 1)))
        layer = ops.convolution(
            source, weights.astype(np.float32), [1, 1], [1, 1], [1, 1], [1, 1], name=name
        )
        bias = generator.normal(0, 0.1, (1, outside, 1, 1)).astype(np.float32)
        return ops.add(layer, bias)

    stream = ops.relu(convolved(image, 3, CHANNELS, "conv0"))
    for number in range(1, groups - 1):
        branch = ops.relu(convolved(stream, CHANNELS, CHANNELS, f"conv{number}"))
        mixed = ops.add(stream, branch)
        stream = ops.multiply(mixed, np.float32(0.7))
    pooled = ops.reshape(ops.reduce_mean(stream, [2, 3]), [1, CHANNELS], special_zero=False)
    head = generator.normal(0, 1, (CHANNELS, CLASSES)).astype(np.float32)
    logits = ops.matmul(pooled, head, transpose_a=False, transpose_b=False, name="head")
    logits.output(0).set_names({"logits"})
    return ov.Model([logits], [image], f"chain{groups}")


def one(groups: int, folder: Path) -> Row:
    """Build, label and calibrate one network."""
    generator = np.random.default_rng(groups)
    model = network(groups, generator)
    images = generator.normal(0, 1, (IMAGES, 3, SIDE, SIDE)).astype(np.float32)
    images += generator.normal(0, 1, (IMAGES, 3, 1, 1)).astype(np.float32)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    labels = np.array([int(compiled(image[None])[0].argmax()) for image in images])
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
    report = run(load_config(path))
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
    )


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, nargs="+", default=[28, 60])
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
