"""Weights alone in fewer bits: what each way makes of a model's size, speed and accuracy.

    python benchmarks/weights.py configs/quickstart_transformer.yaml
    python benchmarks/weights.py --products 2048 --layers 8

The first form takes a config: half of the images calibrates where a method wants images, the
other half judges. The second one times products of random weights too large for the caches, one
row at a time, which is what a model that is bound by memory does; it has no accuracy. All models
are timed in turn in one run; speeds are medians of the ratios to FP32, round by round.
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.cli.options import Display
from calibrate.cli.progress import Bars
from calibrate.commands.benchmark import random_inputs
from calibrate.config.load import load_config
from calibrate.config.quantization import IgnoredScope, Quantization
from calibrate.config.weight_compression import WeightCompression
from calibrate.context.run_context import RunContext, build_context
from calibrate.core.costs import Costs
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.datasets.split import split
from calibrate.evaluation.observe import observe
from calibrate.models.write import write_model
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.quantization.ptq import Feed, quantize
from calibrate.quantization.variants import with_integer_weights
from calibrate.quantization.weight_compression import compress, set_group_size
from calibrate.runtime.benchmark import compare
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.inference import Network
from calibrate.runtime.timing_effort import Effort
from calibrate.search.sensitivity import summarize

WAYS: Mapping[str, WeightCompression] = {
    "int8_asym": WeightCompression(mode="int8_asym"),
    "int8_sym": WeightCompression(mode="int8_sym"),
    "int4_sym, a row": WeightCompression(mode="int4_sym", group_size=-1, all_layers=True),
    "int4_sym, 32": WeightCompression(mode="int4_sym", group_size=32, all_layers=True),
    "int4_asym, 32": WeightCompression(mode="int4_asym", group_size=32, all_layers=True),
    "int4_sym, 32, not the last layer": WeightCompression(mode="int4_sym", group_size=32),
    "int4_sym, 32, ratio 0.5": WeightCompression(
        mode="int4_sym", group_size=32, all_layers=True, ratio=0.5
    ),
    "int4_sym, 32, awq": WeightCompression(
        mode="int4_sym", group_size=32, all_layers=True, awq=True
    ),
    "int4_sym, 32, scale_estimation": WeightCompression(
        mode="int4_sym", group_size=32, all_layers=True, scale_estimation=True
    ),
    "int4_sym, 32, gptq": WeightCompression(
        mode="int4_sym", group_size=32, all_layers=True, gptq=True
    ),
}
"""What is compared, by how it is told in the table."""

DYNAMIC = 32
"""Values of an activation that share a scale, where the plugin quantizes them at run time."""


def variants(
    fp32: ov.Model, feeds: Sequence[Feed], settings: Quantization
) -> tuple[dict[str, ov.Model], dict[str, float]]:
    """The model in every way, and the seconds that each took.

    Ways that look at activations are left out where there is one input alone.
    """
    models: dict[str, ov.Model] = {"FP32": fp32}
    seconds = {"FP32": 0.0}
    begun = time.monotonic()
    kept = find_postprocessing(fp32) if settings.keep_tail else ()
    full = quantize(fp32, feeds, settings, subset_size=len(feeds), kept=kept)
    models["int8, activations too"] = with_integer_weights(full)
    seconds["int8, activations too"] = time.monotonic() - begun
    for name, execution in WAYS.items():
        if execution.wants_images and len(feeds) < 2:
            continue
        begun = time.monotonic()
        made = compress(fp32, feeds, execution, IgnoredScope(), where=name)
        set_group_size(made, 0)
        models[name], seconds[name] = made, time.monotonic() - begun
    for name in ("int8_asym", "int4_sym, 32"):
        dynamic = models[name].clone()
        set_group_size(dynamic, DYNAMIC)
        models[f"{name}, activations at run time"] = dynamic
        seconds[f"{name}, activations at run time"] = seconds[name]
    return models, seconds


def file_bytes(model: ov.Model) -> int:
    """Of the IR, both files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.xml"
        write_model(model, path)
        return path.stat().st_size + path.with_suffix(".bin").stat().st_size


def products(width: int, layers: int) -> ov.Model:
    """Square products in a row, an activation behind each."""
    random = np.random.default_rng(0)
    row = ops.parameter([1, width], np.float32, name="row")
    row.output(0).set_names({"row"})
    values = row
    for number in range(layers):
        spread = random.standard_normal((width, width), np.float32) / np.float32(width**0.5)
        product = ops.matmul(
            values, spread, transpose_a=False, transpose_b=True, name=f"product{number}"
        )
        values = ops.relu(product)
    return ov.Model([values], [row], "products")


def speeds(
    models: Mapping[str, ov.Model], tensors: Tensors, seconds: float
) -> dict[str, tuple[float, float, float]]:
    """Latency in ms, and how many times FP32's latency and throughput each has."""
    costs = Costs(time.monotonic)
    result = compare(models, tensors, costs, effort=Effort(seconds * len(models))).timings
    first = result["FP32"].throughput
    return {
        name: (entry.latency_ms, entry.speedup, entry.throughput / first)
        for name, entry in result.items()
    }


def judged(
    context: RunContext, models: Mapping[str, ov.Model], indices: Sequence[int]
) -> list[str]:
    """Of each model: divergence and the first metric on the images that judge."""
    metric = context.resolved.metrics[0].metric
    ones = np.ones((1, len(indices)), np.int64)
    cells = []
    for name, model in models.items():
        observed = (
            context.baseline.observed
            if name == "FP32"
            else observe(Network(model, context.costs), context.baseline.reference, indices)
        )
        value = float(metric.aggregate(observed.of(0, indices), ones)[0])
        if name == "FP32":
            cells.append(f"0 | {value:.4g} |")
            continue
        damage = summarize(observed.divergences(indices))
        cells.append(f"{damage.mean:.2g} ± {damage.error:.1g} | {value:.4g} |")
    return cells


def show(
    models: Mapping[str, ov.Model],
    timed: Mapping[str, tuple[float, float, float]],
    seconds: Mapping[str, float],
    cells: Sequence[str],
) -> None:
    """Print the table in Markdown."""
    judging = ["divergence", "metric"] if cells else []
    titles = ["weights", "file", "ms", "latency", "throughput", *judging, "seconds to make"]
    print(f"| {' | '.join(titles)} |")
    print("|---" * len(titles) + "|")
    whole = file_bytes(models["FP32"])
    for number, (name, model) in enumerate(models.items()):
        latency, faster, more = timed[name]
        size = file_bytes(model)
        judgement = f" {cells[number]}" if cells else ""
        print(
            f"| {name} | {size / 2**20:.2f} MiB, {size / whole:.0%} | {latency:.3f} "
            f"| {faster:.2f} | {more:.2f} |{judgement} {seconds[name]:.1f} |"
        )


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("config", type=Path, nargs="?")
    parser.add_argument("--products", type=int, metavar="WIDTH", help="instead of a config")
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--images", type=int, default=1000, help="half of them judge")
    parser.add_argument("--seconds", type=float, default=2.0, help="of timing, for each way")
    words = parser.parse_args()
    if (words.config is None) == (words.products is None):
        parser.error("give a config, or --products WIDTH")
    logging.getLogger("nncf").setLevel(logging.ERROR)
    cpu = this_cpu()
    print(f"{cpu.name}, {cpu.instruction_set}, {cpu.cores} cores")
    if words.products is not None:
        fp32 = products(words.products, words.layers)
        tensors = random_inputs(fp32)
        feeds: Sequence[Feed] = [tensors.feed([0], 1)]
        models, seconds = variants(fp32, feeds, Quantization())
        show(models, speeds(models, tensors, words.seconds), seconds, ())
        return
    resolved = load_config(words.config, overrides=[f"dataset.subsample_size={words.images}"])
    with tempfile.TemporaryDirectory() as folder, Bars(Display(quiet=True)) as bars:
        context = build_context(resolved, Costs(time.monotonic), bars, Path(folder))
    tensors = context.data.tensors
    halves = split(tensors.digests, [None] * len(tensors), acceptance=0.5, seed=0)
    settings = resolved.config.quantization
    calibration = halves.search[: settings.subset_size]
    feeds = CalibrationBatches(tensors, calibration, context.baseline.plans[0].batch)
    models, seconds = variants(context.baseline.model, feeds, settings)
    label = resolved.metrics[0].metric.label
    print(f"{label} and divergence on {len(halves.acceptance)} images")
    cells = judged(context, models, halves.acceptance)
    show(models, speeds(models, tensors, words.seconds), seconds, cells)


if __name__ == "__main__":
    main()
