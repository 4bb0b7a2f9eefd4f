"""Compare a run with a baseline run: find what got worse by more than the tolerance."""

import math
from dataclasses import dataclass
from typing import Literal

from calibrate.report import numbers
from calibrate.report.schema import Report
from calibrate.stats.budget import TOLERANCE


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How much worse than the baseline a run may be.

    Attributes:
        accuracy: in each metric's own unit; 0.005 is half a percentage point.
        latency: share by which latency against FP32's on the same machine may grow: 0.1 is 10 %.
        size: share by which the files may grow.
    """

    accuracy: float = 0.0
    latency: float = 0.1
    size: float = 0.01


@dataclass(frozen=True, slots=True)
class Regression:
    """One regression.

    Attributes:
        kind: what got worse.
        name: the metric's label, or `latency` or `size`.
        message: the old value, the new value, and the tolerance.
    """

    kind: Literal["accuracy", "latency", "size"]
    name: str
    message: str


def compare(report: Report, baseline: Report, tolerances: Tolerances) -> tuple[Regression, ...]:
    """Return the regressions from the baseline beyond the tolerances.

    Accuracy is the written model's on the acceptance images. Latency is taken as a ratio to
    FP32's, measured side by side in each run, so that baselines of other machines can be used.

    Args:
        report: of the run to check.
        baseline: of the earlier run.
        tolerances: accepted changes.
    """
    regressions = [
        regression
        for label in baseline.metrics
        if (regression := _accuracy(report, baseline, label, tolerances.accuracy))
    ]
    before, now = baseline.performance["result"], report.performance["result"]
    if now.speedup * (1 + tolerances.latency) < before.speedup:
        message = (
            f"{now.speedup:.2f} times as fast as FP32, was {before.speedup:.2f} times; latency may "
            f"grow by {_percent(tolerances.latency)}"
        )
        regressions.append(Regression("latency", "latency", message))
    grown = _grown(now.file_bytes, before.file_bytes)
    if grown > 1 + tolerances.size:
        message = (
            f"{numbers.size(now.file_bytes)}, was {numbers.size(before.file_bytes)}; may grow by "
            f"{_percent(tolerances.size)}"
        )
        regressions.append(Regression("size", "size", message))
    return tuple(regressions)


def incomparable(report: Report, baseline: Report) -> tuple[str, ...]:
    """Return reasons why differences may not be due to the model: other images, another machine."""
    reasons = []
    if judging_samples(report) != judging_samples(baseline):
        reasons.append("the baseline was judged on other samples")
    if report.environment.instruction_set != baseline.environment.instruction_set:
        reasons.append(
            f"the baseline ran on {baseline.environment.instruction_set}, this run on "
            f"{report.environment.instruction_set}"
        )
    before, now = deployed_type(baseline), deployed_type(report)
    if before != now:
        reasons.append(
            f"the baseline was measured at inference precision {before}, this run at {now}"
        )
    return tuple(reasons)


def judging_samples(report: Report) -> tuple[str, int, int, int]:
    """Return what the acceptance samples are drawn by: content, seed, number and folds."""
    data = report.dataset
    return data.digest, data.seed, data.acceptance, data.folds


def deployed_type(report: Report) -> str:
    """Return the type that floating point was measured in: `f32`, `bf16`."""
    return report.deployment.inference_precision if report.deployment else "f32"


def _accuracy(report: Report, baseline: Report, label: str, tolerance: float) -> Regression | None:
    before = baseline.metrics[label]
    former = numbers.value(before.result["acceptance"].value, before.unit)
    if label not in report.metrics:
        return Regression("accuracy", label, f"not measured, was {former}")
    now = report.metrics[label]
    sign = 1 if before.higher_is_better else -1
    lost = sign * (before.result["acceptance"].value - now.result["acceptance"].value)
    # Means of floats: 0.86 - 0.855 is not the 0.005 that was allowed.
    if lost <= tolerance + TOLERANCE:
        return None
    if not math.isfinite(lost):
        return Regression("accuracy", label, f"has no value, was {former}")
    message = (
        f"{numbers.value(now.result['acceptance'].value, now.unit)}, was {former}: drop "
        f"{numbers.visible_drop(lost, now.unit)}; tolerance {numbers.drop(tolerance, now.unit)}"
    )
    return Regression("accuracy", label, message)


def _grown(size: int | None, before: int | None) -> float:
    """Return the factor by which files have grown; 1 if unknown."""
    return size / before if size is not None and before else 1.0


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
