"""`calibrate evaluate`: compare metrics of any models on a config's images."""

import os
from collections.abc import Sequence
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.context.dataset import split_samples
from calibrate.context.load_model import load_untrusted_model
from calibrate.context.load_source import load_source
from calibrate.context.observe_models import SampleSet, observe_first, observe_other
from calibrate.core.costs import Costs
from calibrate.core.progress import Progress
from calibrate.report.commands.evaluate import Evaluated, EvaluateReport, MetricResult, Which
from calibrate.runtime.inference_precision import deployed_type


def evaluate(
    resolved: Resolved, models: Sequence[Path], which: Which, progress: Progress, costs: Costs
) -> EvaluateReport:
    """Run each model over the images.

    Args:
        resolved: the config; of its model section only the inputs are used.
        models: files; the first is the reference of drops and divergence.
        which: all images, or one of the sets that a run with this config uses.
        progress: reports the stages.
        costs: counts compilations and inferences.

    Raises:
        CalibrateError: a model or an image cannot be read, or they do not fit together.
    """
    config_model = resolved.config.model.path
    read = [
        (path, load_source(resolved) if path == config_model else load_untrusted_model(path))
        for path in models
    ]
    config = resolved.config
    deployed = deployed_type(config.deployment.inference_precision)
    sample_set = SampleSet(resolved, progress, config.output.dir / "work", costs, deployed)
    tensors, _ = sample_set.tensors(read[0][1])
    indices: Sequence[int] = range(len(tensors))
    if which != "all":
        sets = split_samples(resolved.config, tensors)
        indices = sets.search if which == "search" else sets.acceptance
    first = observe_first(sample_set, read[0][1], indices, f"Evaluating {models[0].name}")
    results = [first[0]]
    for path, model in read[1:]:
        title = f"Evaluating {path.name}"
        results.append(
            observe_other(
                sample_set, model, first, indices, title=title, confidence=config.budget.confidence
            )
        )
    evaluated = []
    for path, result in zip(models, results, strict=True):
        drops = result.drops or (None,) * len(result.value)
        metrics = tuple(
            MetricResult(judged.metric.label, judged.metric.unit, value, drop)
            for judged, value, drop in zip(resolved.metrics, result.value, drops, strict=True)
        )
        evaluated.append(Evaluated(os.path.normpath(path), metrics, result.divergence))
    name = config.dataset.name or config.dataset.adapter.type
    return EvaluateReport(name, len(indices), which, config.budget.confidence, tuple(evaluated))
