"""Whether the floating-point model is good enough for a verdict on INT8 to mean anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibrate.config.resolved import JudgedMetric, Resolved
from calibrate.context.constant_answer import constant_answer
from calibrate.core.component import Evidence, Metric
from calibrate.core.observation import Observation
from calibrate.core.sample import Facts
from calibrate.core.text import drop_text, value_text
from calibrate.errors import CalibrateError

ALLOW = "--allow-implausible (or `search.allow_implausible: true`) goes on all the same"

_MOST_SAMPLES = 500
"""As many tell a model that sees nothing from one that does."""
_RESAMPLED = 50
"""Sets by which the standard error of a difference is known to a tenth."""
_FAR_ABOVE = 0.2
"""Of a share: a difference from which nobody asks for its standard error."""
_NEXT_TO_NOTHING = 0.01
"""Of a share: what a detector or a segmenter that finds anything at all scores."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """One metric of the floating-point model beside that of a constant answer.

    Attributes:
        metric: the metric.
        value: of the floating-point model.
        constant: of the best answer that does not look at its sample.
        advantage: by how much the model is better, in the metric's unit.
        error: standard error of `advantage`; 0 where it is far above.
        max_drop: the budget, absolute, in the metric's unit.
    """

    metric: Metric
    value: float
    constant: float
    advantage: float
    error: float
    max_drop: float

    @property
    def problem(self) -> str:
        """What makes a verdict meaningless, one sentence; empty where nothing does."""
        unit, label = self.metric.unit, self.metric.label
        told = f"{label} of the floating-point model is {value_text(self.value, unit)}"
        constant = value_text(self.constant, unit)
        if self.advantage <= self.error:
            return f"{told}, no better than the same answer for every sample ({constant})"
        if self.advantage <= self.max_drop:
            budget = drop_text(self.max_drop, unit)
            return (
                f"{told}: the budget of {budget} would allow a model that gives every sample the "
                f"same answer ({constant})"
            )
        if unit == "fraction" and self.advantage < _NEXT_TO_NOTHING:
            return f"{told}, next to nothing"
        return ""


def plausibilities(
    metrics: Sequence[JudgedMetric],
    samples: Mapping[int, Facts],
    observed: Observation,
    *,
    seed: int,
) -> tuple[Plausibility, ...]:
    """Hold the floating-point model against a constant answer, in each built-in metric.

    Metrics that compare with the floating-point model itself and metrics of plugins are left out,
    and so are those that cannot read a constant answer.

    Args:
        metrics: with their budgets, in the order of the config.
        samples: facts by index, of samples that were observed.
        observed: what the floating-point model answered on them.
        seed: of the resampled sets.
    """
    indices = list(samples)
    step = max(1, -(-len(indices) // _MOST_SAMPLES))
    chosen = {index: samples[index] for index in indices[::step]}
    answer = constant_answer([facts.annotation for facts in chosen.values()]) if chosen else None
    if answer is None:
        return ()
    found = []
    for position, judged in enumerate(metrics):
        metric = judged.metric
        if metric.reference == "fp32" or not type(metric).__module__.startswith("calibrate."):
            continue
        try:
            constant = [
                metric.score(answer(facts.annotation), facts.annotation, facts)  # type: ignore[arg-type]  # of the kinds that `constant_answer` knows
                for facts in chosen.values()
            ]
        except CalibrateError:
            continue  # this metric reads other predictions of these annotations
        pair = (observed.of(position, list(chosen)), constant)
        if (compared := _compare(judged, pair, seed)) is not None:
            found.append(compared)
    return tuple(found)


def implausible(resolved: Resolved, compared: Sequence[Plausibility]) -> list[CalibrateError]:
    """The problems among comparisons, each with its place and what to do."""
    labels = [judged.metric.label for judged in resolved.metrics]
    return [
        CalibrateError(
            entry.problem,
            where=f"metrics[{labels.index(entry.metric.label)}]",
            hint="the preprocessing, the label numbers or the decoder do not fit the model; "
            f"`calibrate check` tries others; {ALLOW}",
        )
        for entry in compared
        if entry.problem
    ]


def _compare(
    judged: JudgedMetric, pair: tuple[Sequence[Evidence], Sequence[Evidence]], seed: int
) -> Plausibility | None:
    metric, count = judged.metric, len(pair[0])
    sign = 1.0 if metric.higher_is_better else -1.0
    value, constant = (
        float(metric.aggregate(evidence, np.ones((1, count), np.int64))[0]) for evidence in pair
    )
    if not (np.isfinite(value) and np.isfinite(constant)):
        return None
    advantage, error = sign * (value - constant), 0.0
    if not (metric.unit == "fraction" and advantage > _FAR_ABOVE):
        draws = np.random.default_rng(seed).multinomial(
            count, np.full(count, 1 / count), _RESAMPLED
        )
        differences = metric.aggregate(pair[0], draws) - metric.aggregate(pair[1], draws)
        error = float(np.nanstd(differences, ddof=1))
    relative = judged.drop_type == "relative"
    max_drop = judged.max_drop * abs(value) if relative else judged.max_drop
    return Plausibility(metric, value, constant, advantage, error, max_drop)
