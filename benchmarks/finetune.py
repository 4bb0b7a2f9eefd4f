"""Fine-tuning against the best free recipe, and against `nncf.quantize` on a PyTorch module.

    python benchmarks/finetune.py configs/zoo_espcn_x3.yaml configs/zoo_deeplab_v3.yaml --minutes 10
    python benchmarks/finetune.py configs/zoo_cifar10_resnet20.yaml --peer --updates 60

For each seed half of the images calibrate, choose and are tuned on; the other half judges, by
divergence from FP32 and by the config's first metric. All models have every group in INT8. With
`--peer` (ResNet-20 alone), NNCF quantizes the PyTorch module, and the same number of updates with
the same loss and images tunes it; that needs onnx. Models are timed interleaved.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import openvino as ov

from calibrate.config.load import load_config
from calibrate.context.run_context import RunContext, build_context
from calibrate.core.costs import Costs
from calibrate.core.precision import INT8, Candidate
from calibrate.core.progress import NoProgress
from calibrate.evaluation.observe import observe
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.quantization.recipe_selection import tuning_recipes
from calibrate.runtime.benchmark import compare
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.inference import Network
from calibrate.runtime.timing_effort import Effort
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.variant_store import VariantStore


@dataclass(frozen=True)
class Row:
    """One model of one seed, on images that chose and tuned nothing.

    Drops are FP32's value less this model's; `better` is the paired mean change of the divergence
    against the best free recipe, with its standard error.
    """

    config: str
    seed: int
    model: str
    divergence: float
    better: float
    error: float
    drop: float
    speedup: float
    seconds: float


def rows_of(path: Path, seed: int, options: argparse.Namespace) -> list[Row]:
    """Return the rows of one config and seed."""
    limits = f"minutes: {options.minutes}" + (
        f", updates: {options.updates}" if options.updates else ""
    )
    overrides = [
        f"dataset.subsample_seed={seed}",
        "split={acceptance: 0.5, cross_fit: false}",
        f"search.finetune={{{limits}}}",
        "deployment.inference_precision=f32",
    ]
    with tempfile.TemporaryDirectory() as work:
        resolved = load_config(path, overrides=overrides)
        costs = Costs(time.monotonic)
        context = build_context(resolved, costs, NoProgress(), Path(work))
        kept = find_postprocessing(context.baseline.model)
        store = VariantStore(context, kept, lambda: False)
        quantize_plain(store)
        search = RecipeSearch(store)
        search.least_divergent()
        best = search.best
        for _ in search.fine_tuned():
            pass
        for reason in search.left_out.values():
            sys.exit(reason)
        (tuned,) = tuning_recipes(context.config.search.finetune, INT8)
        chosen = {"plain INT8": INT8, f"recipe {best}": best, "fine-tuned": tuned.precision}
        models = {
            name: store.compose(Candidate.uniform(store.groups, precision))
            for name, precision in chosen.items()
        }
        seconds = {str(tried.precision): tried.seconds for tried in search.tried}
        spent = {name: seconds[str(precision)] for name, precision in chosen.items()}
        if options.peer:
            updates = store.tunings[tuned.precision][0].planned
            begun = time.process_time()
            peer = import_module("finetune_peer")  # needs onnx
            models["nncf, tuned"] = peer.tuned_by_nncf(context, resolved.config.model.path, updates)
            spent["nncf, tuned"] = time.process_time() - begun
        return _judged(context, models, spent, (path.stem, seed), options.seconds)


def _judged(
    context: RunContext,
    models: Mapping[str, ov.Model],
    spent: Mapping[str, float],
    named: tuple[str, int],
    seconds: float,
) -> list[Row]:
    indices = context.data.acceptance
    observed = {}
    for name, model in models.items():
        network = Network(context.baseline.reference.judge.watched(model), context.costs)
        observed[name] = observe(network, context.baseline.reference, indices)
    timed = compare(
        {"fp32": context.baseline.model, **models},
        context.data.tensors,
        context.costs,
        effort=Effort(seconds),
    ).timings
    free = observed[next(name for name in models if name.startswith("recipe"))].divergences(indices)
    before = context.scores.value(context.baseline.observed, 0, indices)
    sign = 1.0 if context.resolved.metrics[0].metric.higher_is_better else -1.0
    rows = []
    for name in models:
        divergences = observed[name].divergences(indices)
        change = divergences - free
        rows.append(
            Row(
                *named,
                model=name,
                divergence=float(divergences.mean()),
                better=float(change.mean()),
                error=float(change.std(ddof=1) / np.sqrt(len(change))),
                drop=sign * (before - context.scores.value(observed[name], 0, indices)),
                speedup=timed[name].speedup,
                seconds=spent[name],
            )
        )
    return rows


def table(rows: Sequence[Row]) -> str:
    """Return the means over seeds as a Markdown table."""
    lines = [
        "| config | model | divergence | change against the recipe | drop | speed-up | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for config, model in dict.fromkeys((row.config, row.model) for row in rows):
        group = [row for row in rows if (row.config, row.model) == (config, model)]

        def mean(name: str, group: Sequence[Row] = group) -> float:
            return float(statistics.mean(getattr(row, name) for row in group))

        lines.append(
            f"| {config} | {model} | {mean('divergence'):.4g} | {mean('better'):+.2g} ± "
            f"{mean('error'):.1g} | {mean('drop'):.4g} | {mean('speedup'):.2f} | "
            f"{mean('seconds'):.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse arguments, run every config and seed, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0, help="of tuning, a model")
    parser.add_argument("--updates", type=int, help="instead of as many as the minutes allow")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--peer", action="store_true", help="NNCF on ResNet-20 in PyTorch")
    parser.add_argument("--seconds", type=float, default=10.0, help="of timing")
    parser.add_argument("--output", type=Path, default=Path("finetune.json"))
    options = parser.parse_args()
    cpu = this_cpu()
    print(f"{cpu.name}, {cpu.instruction_set}, {cpu.cores} cores; OpenVINO {ov.__version__}")
    rows = []
    for path in options.configs:
        for seed in range(options.seeds):
            rows += rows_of(path, seed, options)
            options.output.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print(table(rows))


if __name__ == "__main__":
    main()
