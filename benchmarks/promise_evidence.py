"""Measure FP32 and its quantized variants on every image of a config, and keep the results on disk.

    python benchmarks/promise_evidence.py --models zoo_mobilenet_v1 zoo_deeplab_v3 --output evidence

Each variant has everything quantized: plain NNCF, every recipe, and ranges that clip 1 and 3 % of
the values, which damages on purpose. Everything is observed by the objects that a run uses. No
image is kept, and a model that has its file is not observed again. One file per model:

- of a classifier, NAME.npz for `promise.py`: FP32's probabilities, labels and answers;
- of any other model, NAME.pickle for `promise_dense.py`: its metrics, and of each image the
  metrics' evidence and the divergence from FP32.
"""

import argparse
import logging
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from calibrate.cli.options import Display
from calibrate.cli.progress import Bars
from calibrate.config.load import load_config
from calibrate.config.quantization import RangeEstimator, StatisticsCollector
from calibrate.context.class_evidence import ClassEvidence, class_evidence
from calibrate.context.run_context import RunContext, build_context
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
from calibrate.errors import CalibrateError
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.quantization.recipe_selection import relevant_recipes
from calibrate.quantization.recipes._lib.changed_settings import ChangedSettings
from calibrate.quantization.recipes.base import Recipe
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore

Thoroughness = Literal["auto", "thorough"]


def clipping(name: str, share: float) -> Recipe:
    """Ranges that leave out this share of the values at either end."""
    end = StatisticsCollector(
        statistics_type="quantile", aggregator_type="mean", quantile_outlier_prob=share
    )
    ranges = RangeEstimator(min=end, max=end)
    return ChangedSettings(name, "damages", {"activations_range_estimator_params": ranges})


def variants(store: VariantStore, thoroughness: Thoroughness) -> Iterator[tuple[str, Candidate]]:
    """Build every variant when it is asked for; leave out, with a message, what cannot be built."""
    yield "plain NNCF", quantize_plain(store)
    settings = store.context.resolved.config.quantization
    damaged = (clipping("damaged: 1 % clipped", 0.01), clipping("damaged: 3 % clipped", 0.03))
    for recipe in (*relevant_recipes(settings, thoroughness), *damaged):
        try:
            store.add(recipe)
        except CalibrateError as error:
            print(f"{recipe.precision.name}: {error}", file=sys.stderr)
            continue
        yield recipe.precision.name, Candidate.uniform(store.groups, recipe.precision)


def collect(config: Path, output: Path, thoroughness: Thoroughness) -> None:
    """Observe a config's model and its variants on every image, and write one file.

    Raises:
        CalibrateError: the config or its data cannot be used.
    """
    resolved = load_config(config)
    # Published figures are not held against: images may have been left out.
    metrics = tuple(replace(metric, reference=None) for metric in resolved.metrics)
    with tempfile.TemporaryDirectory() as folder, Bars(Display(quiet=True)) as bars:
        context = build_context(
            replace(resolved, metrics=metrics), Costs(time.monotonic), bars, Path(folder)
        )
        settings = resolved.config.quantization
        kept = find_postprocessing(context.baseline.model) if settings.keep_tail else ()
        store = VariantStore(context, kept, lambda: False)
        everything = context.data.everything
        observed = {
            name: store.evaluator.observe(candidate, everything)
            for name, candidate in variants(store, thoroughness)
        }
        evidence = class_evidence(context.baseline.reference, everything)
        if evidence is not None and context.scores.scores_answers(0):
            write_answers(output / f"{config.stem}.npz", context, evidence, observed)
        else:
            write_observations(output / f"{config.stem}.pickle", context, observed)


def write_answers(
    path: Path,
    context: RunContext,
    evidence: ClassEvidence,
    observed: Mapping[str, Observation],
) -> None:
    """Write a classifier's probabilities, labels and answers."""
    everything = context.data.everything
    answers = {
        name: evidence.answers(context.baseline.observed, observation, 0, everything).int8[:, 0]
        for name, observation in observed.items()
    }
    beside = path.with_name(f".{path.name}")
    np.savez_compressed(
        beside,
        probabilities=np.exp(evidence.logarithms).astype(np.float32),
        labels=evidence.labels,
        names=np.array(list(answers)),
        variants=np.array(list(answers.values())),
    )
    beside.replace(path)


def write_observations(
    path: Path, context: RunContext, observed: Mapping[str, Observation]
) -> None:
    """Write the metrics, and of each image their evidence and the divergence from FP32."""
    everything = context.data.everything
    beside = path.with_name(f".{path.name}")
    content = {
        "metrics": [judged.metric for judged in context.resolved.metrics],
        "fp32": context.baseline.observed.restricted(everything),
        "variants": {name: entry.restricted(everything) for name, entry in observed.items()},
        "images": list(everything),
    }
    beside.write_bytes(pickle.dumps(content))
    beside.replace(path)


def main() -> None:
    """Observe the models that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    configs = Path(__file__).parent.parent / "configs"
    names = ["zoo_cifar10_resnet20", "zoo_mnist", "zoo_mobilenet_v1", "zoo_squeezenet"]
    names += ["zoo_ssd_mobilenet_v1", "zoo_fastestdet", "zoo_deeplab_v3", "zoo_espcn_x3"]
    parser.add_argument("--models", nargs="*", default=names)
    parser.add_argument("--recipes", choices=["auto", "thorough"], default="thorough")
    parser.add_argument("--output", type=Path, default=Path("evidence"))
    words = parser.parse_args()
    words.output.mkdir(parents=True, exist_ok=True)
    logging.getLogger("nncf").setLevel(logging.ERROR)
    for name in words.models:
        if not any((words.output / f"{name}{ending}").exists() for ending in (".npz", ".pickle")):
            print(f"{name} …", file=sys.stderr, flush=True)
            collect(configs / f"{name}.yaml", words.output, words.recipes)


if __name__ == "__main__":
    main()
