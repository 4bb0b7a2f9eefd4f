"""Metric values and drops against FP32, in all the forms that a run needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.config.resolved import JudgedMetric
from calibrate.context.class_evidence import ClassEvidence
from calibrate.core.component import ScoresAnswers
from calibrate.core.observation import Observation
from calibrate.stats.budget import budget_at
from calibrate.stats.drop_estimator import Estimate, answer_drop
from calibrate.stats.intervals import paired_drop, scores, standard_error
from calibrate.stats.sequential_test import (
    SequentialDecision,
    SequentialSample,
    open_drops,
    sequential_decision,
)

_STOPPING_ERROR = 0.01
"""Probability of rejecting a candidate early that is within budget on all search images."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics and FP32's observation.

    Attributes:
        metrics: metrics with their budgets, in the order of the config.
        fp32: the FP32 model's observation.
        seed: seed of random draws.
        classes: FP32's class probabilities and the true classes, if the task has them.
    """

    metrics: tuple[JudgedMetric, ...]
    fp32: Observation
    seed: int
    classes: ClassEvidence | None = None

    def budgets(self, indices: Sequence[int]) -> tuple[float, ...]:
        """Return each metric's absolute budget; `relative` ones use FP32's value on a set."""
        return tuple(
            budget_at(self.value(self.fp32, position, indices), judged.max_drop, judged.drop_type)
            for position, judged in enumerate(self.metrics)
        )

    def value(self, observation: Observation, position: int, indices: Sequence[int]) -> float:
        """Return a metric's value on a set of samples."""
        metric = self.metrics[position].metric
        ones = np.ones((1, len(indices)), np.int64)
        return float(metric.aggregate(observation.of(position, indices), ones)[0])

    def estimate(self, observation: Observation, position: int, indices: Sequence[int]) -> Estimate:
        """Estimate a metric's drop on some samples, with its standard error.

        If the metric scores class answers, changes of answer are weighted by their probability,
        which has less noise than counting them; otherwise the drop is counted.

        Args:
            observation: of the quantized model.
            position: of the metric.
            indices: of the samples.
        """
        if self.classes is not None and self.scores_answers(position):
            return answer_drop(self.classes.answers(self.fp32, observation, position, indices))
        interval = paired_drop(
            self.metrics[position].metric,
            self.fp32.of(position, indices),
            observation.of(position, indices),
            confidence=0.68,
            seed=self.seed,
        )
        return interval.estimate, standard_error(interval)

    def scores_answers(self, position: int) -> bool:
        """Whether a metric's drop is estimated from class answers, not only counted."""
        return self.classes is not None and isinstance(self.metrics[position].metric, ScoresAnswers)

    def early_decision(
        self,
        observation: Observation,
        position: int,
        order: Sequence[int],
        count: int,
        budget: float,
    ) -> SequentialDecision:
        """Return the sequential test's decision on a mean metric after the first `count` images."""
        metric = self.metrics[position].metric
        if not metric.is_mean:
            return "open"
        least, greatest = metric.bounds
        remaining = (
            scores(metric, self.fp32.of(position, order[count:]))
            if count < len(order)
            else np.empty(0)
        )
        so_far = SequentialSample(
            self._counted(observation, position, order[:count]),
            *open_drops(remaining, metric.bounds, higher_is_better=metric.higher_is_better),
        )
        span = (least - greatest, greatest - least)
        return sequential_decision(so_far, budget, error=_STOPPING_ERROR, bounds=span)

    def _counted(
        self, observation: Observation, position: int, indices: Sequence[int]
    ) -> NDArray[np.float64]:
        metric = self.metrics[position].metric
        sign = 1.0 if metric.higher_is_better else -1.0
        fp32 = scores(metric, self.fp32.of(position, indices))
        changed: NDArray[np.float64] = sign * (
            fp32 - scores(metric, observation.of(position, indices))
        )
        return changed
