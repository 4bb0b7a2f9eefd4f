"""What FP32 and its quantized variants answer for every image of a config, kept on disk.

    python benchmarks/promise_evidence.py --models zoo_mobilenet_v1 zoo_squeezenet --output evidence

Of classifiers. Each variant has everything quantized: plain NNCF, every recipe, and ranges that
clip 1 and 3 % of the values, which damages on purpose. Everything is observed by the objects that
a run uses. One file a model, for `promise.py`: FP32's probabilities, labels and answers; no image.
A model that has its file is not observed again.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from calibrate.cli.options import Display
from calibrate.cli.progress import Bars
from calibrate.config.load import load_config
from calibrate.config.quantization import RangeEstimator, StatisticsCollector
from calibrate.context.class_evidence import class_evidence
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.precision import Candidate
from calibrate.errors import CalibrateError
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.quantization.recipe_selection import relevant_recipes
from calibrate.quantization.recipes._lib.changed_settings import ChangedSettings
from calibrate.quantization.recipes.base import Recipe
from calibrate.search.variant_store import VariantStore


def clipping(name: str, share: float) -> Recipe:
    """Ranges that leave out this share of the values at either end."""
    end = StatisticsCollector(
        statistics_type="quantile", aggregator_type="mean", quantile_outlier_prob=share
    )
    ranges = RangeEstimator(min=end, max=end)
    return ChangedSettings(name, "damages", {"activations_range_estimator_params": ranges})


def variants(store: VariantStore) -> Iterator[tuple[str, Candidate]]:
    """Every variant, made when it is asked for; what cannot be made is told and left out."""
    yield "plain NNCF", store.quantize_plain()
    settings = store.context.resolved.config.quantization
    damaged = (clipping("damaged: 1 % clipped", 0.01), clipping("damaged: 3 % clipped", 0.03))
    for recipe in (*relevant_recipes(settings, "thorough"), *damaged):
        try:
            store.add(recipe)
        except CalibrateError as error:
            print(f"{recipe.precision.name}: {error}", file=sys.stderr)
            continue
        yield recipe.precision.name, Candidate.uniform(store.groups, recipe.precision)


def collect(config: Path, path: Path) -> None:
    """Observe a config's model and its variants on every image, and write what they answer.

    Raises:
        CalibrateError: it is no classifier with labelled images, or has no accuracy as its first
            metric.
    """
    resolved = load_config(config)
    # Published figures are not held against: images may have been left out.
    metrics = tuple(replace(metric, reference=None) for metric in resolved.metrics)
    with tempfile.TemporaryDirectory() as folder, Bars(Display(quiet=True)) as bars:
        context = build_context(
            replace(resolved, metrics=metrics), Costs(time.monotonic), bars, Path(folder)
        )
        everything = context.images.everything
        evidence = class_evidence(context.reference, everything)
        if evidence is None or not context.scores.scores_answers(0):
            raise CalibrateError("no classifier with labels", where=str(config))
        settings = resolved.config.quantization
        kept = find_postprocessing(context.prepared.model) if settings.keep_tail else ()
        store = VariantStore(context, kept, lambda: False)
        answers = {
            name: evidence.answers(
                context.observed, store.evaluator.observe(candidate, everything), 0, everything
            ).int8[:, 0]
            for name, candidate in variants(store)
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


def main() -> None:
    """Observe the models that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    configs = Path(__file__).parent.parent / "configs"
    names = ["zoo_cifar10_resnet20", "zoo_mnist", "zoo_mobilenet_v1", "zoo_squeezenet"]
    parser.add_argument("--models", nargs="*", default=names)
    parser.add_argument("--output", type=Path, default=Path("evidence"))
    words = parser.parse_args()
    words.output.mkdir(parents=True, exist_ok=True)
    logging.getLogger("nncf").setLevel(logging.ERROR)
    for name in words.models:
        path = words.output / f"{name}.npz"
        if not path.exists():
            print(f"{name} …", file=sys.stderr, flush=True)
            collect(configs / f"{name}.yaml", path)


if __name__ == "__main__":
    main()
