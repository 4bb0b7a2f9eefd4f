"""Saturating products, counted and felt: does the count tell which layers are hurt?

    python benchmarks/saturation.py configs/zoo_mobilenet_v1.yaml

Quantizes to the full 8-bit range (`overflow_fix: disable`), counts the pair sums that overflow
16 bits, and compares with what each layer alone does: the divergence between this CPU's INT8
kernels and the same FakeQuantize in FP32 arithmetic, which cannot saturate. Meant for CPUs
without VNNI (or ONEDNN_MAX_CPU_ISA=AVX2 in the environment). Prints a table and writes JSON.
"""

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops
from scipy.stats import spearmanr

from calibrate.cli.options import Display
from calibrate.cli.progress import Bars
from calibrate.config.load import load_config
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.precision import INT8, Candidate
from calibrate.evaluation.observe import measure_divergence
from calibrate.quantization.groups import find_groups
from calibrate.quantization.ptq import quantize
from calibrate.quantization.saturation import Saturation, count, layers
from calibrate.quantization.variants import Variants, compose
from calibrate.runtime.inference import Network

_NONE = Saturation(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Row:
    """One group quantized alone: counted, and its divergence from FP32."""

    name: str
    can: float
    does: float
    excess: float
    kernels: float
    simulated: float

    @property
    def felt(self) -> float:
        """What the kernels add to the damage of rounding."""
        return self.kernels - self.simulated


def without_kernels(model: ov.Model) -> ov.Model:
    """The same rounding spelled as FP32 arithmetic, which no INT8 kernel is made of."""
    spelled = model.clone()
    for node in spelled.get_ordered_ops():
        if node.get_type_name() != "FakeQuantize":
            continue
        values, in_low, in_high, out_low, out_high = (node.input_value(i) for i in range(5))
        steps = np.float32(node.get_attributes()["levels"] - 1)
        step = ops.divide(ops.subtract(in_high, in_low), steps)
        inside = ops.minimum(ops.maximum(values, in_low), in_high)
        integer = ops.round(ops.divide(ops.subtract(inside, in_low), step), "half_to_even")
        scale = ops.divide(ops.subtract(out_high, out_low), steps)
        result = ops.add(ops.multiply(integer, scale), out_low)
        for target in node.output(0).get_target_inputs():
            target.replace_source_output(result.output(0))
    spelled.validate_nodes_and_infer_types()
    return spelled


def measure(config: Path, images: int) -> list[Row]:
    """Every group of a model."""
    resolved = load_config(config, overrides=["quantization.overflow_fix=disable"])
    with tempfile.TemporaryDirectory() as folder, Bars(Display(quiet=True)) as bars:
        context = build_context(resolved, Costs(time.monotonic), bars, Path(folder))
    calibration = context.data.calibration
    feeds = [context.data.tensors.feed([index], 1) for index in calibration]
    model = quantize(
        context.baseline.model, feeds, resolved.config.quantization, subset_size=len(feeds)
    )
    counted = {layer.name: count(layer) for layer in layers(model, feeds[:4])}
    groups = find_groups(model)
    variants = Variants(context.baseline.model, {INT8: model}, groups)
    observed = context.data.search[:images]
    rows = []
    for index, group in enumerate(groups):
        alone = compose(variants, Candidate.only(len(groups), index, INT8))
        damages = [
            float(
                measure_divergence(
                    Network(made, context.costs), context.baseline.reference, observed
                ).mean()
            )
            for made in (alone, without_kernels(alone))
        ]
        result = counted.get(group.name, _NONE)
        rows.append(Row(group.name, result.can, result.does, result.excess, *damages))
    return rows


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--output", type=Path, default=Path("saturation.json"))
    words = parser.parse_args()
    rows = measure(words.config, words.images)
    for row in rows:
        print(
            f"{row.name:40} can {row.can:6.1%}  does {row.does:8.4%}  excess {row.excess:.1e}  "
            f"kernels {row.kernels:.2e}  simulated {row.simulated:.2e}"
        )
    correlation = float(spearmanr([r.excess for r in rows], [r.felt for r in rows]).statistic)
    print(f"rank correlation of excess with what the kernels add: {correlation:.2f}")
    content = {"config": words.config.name, "correlation": correlation}
    words.output.write_text(json.dumps({**content, "rows": [asdict(r) for r in rows]}, indent=2))


if __name__ == "__main__":
    main()
