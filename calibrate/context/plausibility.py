"""Check that the floating-point model is good enough for a verdict on INT8 to be meaningful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.config.resolved import JudgedMetric
from calibrate.context.constant_answer import constant_answer
from calibrate.core.component import Evidence, Metric
from calibrate.core.observation import Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts
from calibrate.core.text import drop_text, value_text
from calibrate.errors import CalibrateError
from calibrate.stats.budget import budget_at

CAUSES = (
    "usual causes are preprocessing, class numbers and decoder: `calibrate check` tries the usual "
    "alternatives"
)
ALLOW = "--allow-implausible, or `search.allow_implausible: true`, continues in spite of it"

_MOST_SAMPLES = 500
"""Enough samples to distinguish a model that ignores its input from one that does not."""
_RESAMPLED = 50
"""Resampled sets; they give the standard error of a difference to about a tenth."""
_FAR_ABOVE = 0.2
"""Of a fraction: a difference so large that its standard error is not needed."""
_NEARLY_UNIFORM = 0.95
"""Share of the greatest entropy that the number of classes allows."""
_FEW = 8
"""Number of samples from which one answer for all of them is suspicious."""
_NEGLIGIBLE = 0.01
"""Of a fraction: a detector or segmenter that detects anything at all scores more."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """One metric of the floating-point model, compared with that of a constant answer.

    Attributes:
        metric: the metric.
        value: value of the floating-point model.
        constant: value of the best answer that does not depend on the sample.
        constant_words: describes that answer; follows `a model that answers`.
        advantage: difference by which the model is better, in the metric's unit.
        error: standard error of `advantage`; 0 if the advantage is large.
        max_drop: the budget, absolute, in the metric's unit.
    """

    metric: Metric
    value: float
    constant: float
    constant_words: str
    advantage: float
    error: float
    max_drop: float

    @property
    def problem(self) -> str:
        """Why a verdict would be meaningless, in one sentence; empty if it would not."""
        unit, label = self.metric.unit, self.metric.label
        present = f"{label} of the floating-point model is {value_text(self.value, unit)}"
        blind = f"a model that answers {self.constant_words} ({value_text(self.constant, unit)})"
        if self.advantage <= self.error:
            return f"{present}, no better than {blind}"
        if self.advantage <= self.max_drop:
            return (
                f"{present}, so that the budget of {drop_text(self.max_drop, unit)} would allow "
                f"{blind}"
            )
        if unit == "fraction" and self.advantage < _NEGLIGIBLE:
            return f"{present}, hardly better than {blind}"
        return ""


def plausibilities(
    metrics: Sequence[JudgedMetric],
    samples: Mapping[int, Facts],
    observed: Observation,
    *,
    seed: int,
) -> tuple[Plausibility, ...]:
    """Compare the floating-point model with a constant answer, in each built-in metric.

    Left out are metrics that compare with the floating-point model itself, metrics of plugins and
    metrics that cannot read a constant answer.

    Args:
        metrics: metrics with their budgets, in the order of the config.
        samples: facts of the observed samples, by index.
        observed: the floating-point model's observation of them.
        seed: seed of the resampled sets.
    """
    indices = list(samples)
    step = max(1, -(-len(indices) // _MOST_SAMPLES))
    chosen = {index: samples[index] for index in indices[::step]}
    answer = constant_answer([facts.annotation for facts in chosen.values()]) if chosen else None
    if answer is None:
        return ()
    comparisons = []
    for position, judged in enumerate(metrics):
        metric = judged.metric
        is_built_in = type(metric).__module__.startswith("calibrate.metrics.")
        if metric.reference == "fp32" or not is_built_in:
            continue
        try:
            constant = [
                metric.score(answer.predict(facts.annotation), facts.annotation, facts)  # type: ignore[arg-type]  # of the kinds that `constant_answer` knows
                for facts in chosen.values()
            ]
        except CalibrateError:
            continue  # this metric reads other predictions of these annotations
        pair = (observed.of(position, list(chosen)), constant)
        if (compared := _compare(judged, pair, answer.words, seed)) is not None:
            comparisons.append(compared)
    return tuple(comparisons)


def implausible(
    metrics: Sequence[JudgedMetric], compared: Sequence[Plausibility]
) -> list[CalibrateError]:
    """Return the problems among comparisons as errors, each with its place and a hint.

    Args:
        metrics: metrics in the order of the config.
        compared: comparisons of some of these metrics.
    """
    labels = [judged.metric.label for judged in metrics]
    return [
        CalibrateError(
            entry.problem,
            where=f"metrics[{labels.index(entry.metric.label)}]",
            hint=f"{CAUSES}; {ALLOW}",
        )
        for entry in compared
        if entry.problem
    ]


def _compare(
    judged: JudgedMetric,
    pair: tuple[Sequence[Evidence], Sequence[Evidence]],
    constant_words: str,
    seed: int,
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
    max_drop = budget_at(value, judged.max_drop, judged.drop_type)
    return Plausibility(metric, value, constant, constant_words, advantage, error, max_drop)


def cautions(predictions: Sequence[Prediction]) -> tuple[str, ...]:
    """Describe suspicious answers, without annotations.

    Args:
        predictions: predictions of the floating-point model, one per sample.
    """
    if len(predictions) < _FEW:
        return ()
    count = len(predictions)
    scores = [p.scores for p in predictions if isinstance(p, ClassScores)]
    boxes = [len(p.boxes) for p in predictions if isinstance(p, Detections)]
    maps = [np.unique(p.mask) for p in predictions if isinstance(p, ClassMap)]
    if len(scores) == count:
        return _score_cautions(scores)
    if len(boxes) == count and not any(boxes):
        return (f"The floating-point model finds no box on any of {count} samples.",)
    if len(maps) == count and len({tuple(classes.tolist()) for classes in maps}) == 1:
        only = maps[0]
        if len(only) == 1:
            return (f"The floating-point model assigns class {only[0]} to every pixel.",)
    return ()


def _score_cautions(scores: Sequence[NDArray[np.float32]]) -> tuple[str, ...]:
    answers = {int(np.argmax(each)) for each in scores}
    if len(answers) == 1:
        return (
            (
                f"The floating-point model answers class {answers.pop()} on each of {len(scores)} "
                "samples: does the preprocessing fit the model?"
            ),
        )
    entropies = [float(-np.sum(each * np.log(np.maximum(each, 1e-12)))) for each in scores]
    if np.mean(entropies) > _NEARLY_UNIFORM * np.log(len(scores[0])):
        return (
            (
                "The floating-point model makes all classes nearly equally probable: does the "
                "preprocessing fit the model?"
            ),
        )
    return ()
