"""`calibrate verify`: measure a certified model again, on this CPU and with these versions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import openvino as ov

from calibrate.commands.certified_model import (
    Certified,
    certified_precision,
    is_cross_fitted,
    recorded_value,
)
from calibrate.commands.verify_drops import lower_bounds, unpaired_drops
from calibrate.config.resolved import Resolved
from calibrate.context.dataset import split_samples
from calibrate.context.load_source import digest_source, load_source
from calibrate.context.observe_models import SampleSet, observe_first, observe_other
from calibrate.core.costs import Costs
from calibrate.core.progress import Progress
from calibrate.core.tensors import Tensors
from calibrate.core.verdict import Interval
from calibrate.errors import CalibrateError
from calibrate.report.commands.verify import UNPAIRED, VerifiedMetric, VerifyReport
from calibrate.report_builder.environment import environment
from calibrate.runtime.inference_precision import InferencePrecision, deployed_type
from calibrate.stats.budget import TOLERANCE
from calibrate.stats.verdict import (
    absolute_budget,
    confidence_per_look,
    judge,
    judge_floating_point,
)


def verify(
    certified: Certified,
    resolved: Resolved,
    *,
    max_drop: float | None,
    inference_precision: InferencePrecision | None = None,
    progress: Progress,
    costs: Costs,
) -> VerifyReport:
    """Measure the model again and compare it with the budget.

    It runs on the acceptance images if the dataset is the certified one, else on all images.
    FP32 is measured too if the certified source model is available; else its recorded value counts.

    Args:
        certified: the certified model, intact.
        resolved: the recorded config, or another with new images.
        max_drop: the budget of every metric, absolute; the config's by default.
        inference_precision: type of floating-point operations; the certified one by default.
        progress: reports the stages.
        costs: ledger of everything that is run.

    Raises:
        CalibrateError: images cannot be read, or there is no reference to compare with.
    """
    model = certified.model
    if model is None:
        raise CalibrateError("the model is damaged", where=str(certified.path))
    compute_type = deployed_type(inference_precision or certified_precision(certified))
    work = resolved.config.output.dir / "work"
    sample_set = SampleSet(resolved, progress, work, costs, compute_type)
    tensors, _ = sample_set.tensors(model)
    is_same_data = certified.certificate["dataset"].get("digest") == tensors.digest()
    indices = (
        _acceptance_indices(certified, resolved, tensors)
        if is_same_data
        else tuple(range(len(tensors)))
    )
    notes = []
    source = _source(certified, resolved)
    config = resolved.config
    rounds = config.search.acceptance_looks if is_same_data else 1
    confidence = confidence_per_look(config.budget.confidence, rounds)
    if source is not None:
        reference = observe_first(sample_set, source, indices, "Measuring FP32")
        measured = observe_other(
            sample_set,
            model,
            reference,
            indices,
            title="Measuring the certified model",
            confidence=confidence,
        )
        fp32, drops = reference[0].value, measured.drops
        lower = lower_bounds(resolved, tensors, (reference[0], measured), indices)
    else:
        if not is_same_data:
            raise CalibrateError(
                "these are not the certified images, and the FP32 model to compute a drop from is "
                "missing",
                where=str(config.model.path),
                hint="put the source model back, or name it with --set model.path=...",
            )
        notes.append(
            "The certified source model is missing: drops are computed from its recorded values, "
            "without an interval."
        )
        measured, _ = observe_first(
            sample_set, model, indices, "Measuring the model", compute_type=compute_type
        )
        fp32 = tuple(recorded_value(certified, label, "fp32")[0] for label in _labels(resolved))
        drops = unpaired_drops(resolved, fp32, measured, len(indices))
        lower = (-inf,) * len(drops)
    metrics = _verified_metrics(
        certified,
        resolved,
        (fp32, measured.value, drops, lower),
        max_drop,
        is_same_data=is_same_data,
    )
    if _is_floating_point(certified) and compute_type == certified_precision(certified):
        metrics = tuple(_exact(metric) for metric in metrics)
    return VerifyReport(
        model=str(certified.path),
        changed=certified.changed,
        images=len(indices),
        new_images=not is_same_data,
        metrics=metrics,
        certified=f"{_machine(certified.certificate['environment'])}, inference precision "
        f"{certified_precision(certified)}",
        here=f"{_machine(environment().model_dump())}, inference precision {compute_type}",
        notes=tuple(notes),
    )


def not_intact(certified: Certified) -> VerifyReport:
    """Build the report on a model that has changed since certification."""
    return VerifyReport(
        model=str(certified.path),
        changed=certified.changed,
        images=0,
        new_images=False,
        metrics=(),
        certified=_machine(certified.certificate["environment"]),
        here=_machine(environment().model_dump()),
        notes=(),
    )


def _machine(facts: Mapping[str, Any]) -> str:
    return f"{facts['cpu']}, {facts['instruction_set']}, openvino {facts['openvino'].split('-')[0]}"


def _verified_metrics(
    certified: Certified,
    resolved: Resolved,
    measured: tuple[Sequence[float], Sequence[float], Sequence[Interval], Sequence[float]],
    max_drop: float | None,
    *,
    is_same_data: bool,
) -> tuple[VerifiedMetric, ...]:
    verified = []
    for resolved_metric, before, value, drop, lower in zip(
        resolved.metrics, *measured, strict=True
    ):
        label = resolved_metric.metric.label
        budget = (
            absolute_budget(before, resolved_metric.max_drop, resolved_metric.drop_type)
            if max_drop is None
            else max_drop
        )
        then = recorded_value(certified, label, "result") if is_same_data else (None, None)
        accept = resolved.config.budget.accept
        verdict = judge(
            label,
            drop,
            budget,
            "estimate" if drop.method == UNPAIRED else accept,
            estimate=_moved(certified, label, drop) if is_same_data else None,
            lower_bound=lower,
        )
        verified.append(VerifiedMetric(verdict, resolved_metric.metric.unit, before, value, *then))
    return tuple(verified)


def _is_floating_point(certified: Certified) -> bool:
    """Whether the run wrote the floating-point model, since it accepted no INT8 model."""
    return bool(certified.certificate["verdict"].get("outcome") == "floating_point")


def _exact(metric: VerifiedMetric) -> VerifiedMetric:
    """Return a metric of the floating-point model, whose drop is 0 unless its value changed."""
    verdict = metric.verdict
    if abs(verdict.drop.estimate) > TOLERANCE:
        return metric
    exact = judge_floating_point(verdict.metric, verdict.max_drop, verdict.drop.images)
    return replace(metric, verdict=exact)


def _moved(certified: Certified, label: str, drop: Interval) -> float | None:
    """Return the certified estimate, shifted by the change of the counted drop since.

    The run's estimate combines the counted drop with information of its search, which is not
    available here. Without a change it stays the same; None if there was no estimate.
    """
    estimate = certified.certificate["metrics"][label]["result"]["acceptance"].get("estimate")
    _, counted = recorded_value(certified, label, "result")
    return None if estimate is None or counted is None else estimate + drop.estimate - counted


def _acceptance_indices(
    certified: Certified, resolved: Resolved, tensors: Tensors
) -> tuple[int, ...]:
    """Return the acceptance images of the certified run: all images if it cross-fitted.

    Cross-fitting is read from the certificate: its config has every default filled in and no
    longer shows which keys the user left out.
    """
    images = split_samples(resolved.config, tensors)
    return images.everything if is_cross_fitted(certified) else images.acceptance


def _labels(resolved: Resolved) -> list[str]:
    return [resolved_metric.metric.label for resolved_metric in resolved.metrics]


def _source(certified: Certified, resolved: Resolved) -> ov.Model | None:
    """Return the FP32 model if it is available and is the certified one."""
    path = resolved.config.model.path
    if path.absolute() == certified.path.absolute():
        return None
    if digest_source(resolved.config.model) != certified.certificate["source"]["digest"]:
        raise CalibrateError(
            "this is not the FP32 model that the certificate names",
            where=str(path),
            hint="calibrate the changed model, or name the old one with --set model.path=...",
        )
    return load_source(resolved)
