"""What models score against FP32, metric by metric: every view of drops that a run takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.config.resolved import JudgedMetric
from calibrate.context.class_evidence import ClassEvidence
from calibrate.core.component import ScoresAnswers
from calibrate.core.observation import Observation
from calibrate.stats.drop_estimator import Estimate, answer_drop
from calibrate.stats.intervals import paired_drop, scores, standard_error
from calibrate.stats.sequential_test import (
    SequentialSample,
    Standing,
    open_drops,
    sequential_standing,
)

_RACE_ERROR = 0.01
"""Probability of giving a candidate up that would have been within budget on all search images."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics and what FP32 scored.

    Attributes:
        metrics: with their budgets, in the order of the config.
        fp32: the FP32 model's observation.
        seed: of whatever is drawn.
        classes: FP32's class probabilities and the true classes, where the task has them.
    """

    metrics: tuple[JudgedMetric, ...]
    fp32: Observation
    seed: int
    classes: ClassEvidence | None = None

    def budgets(self, indices: Sequence[int]) -> tuple[float, ...]:
        """The absolute budget of each metric, `relative` ones from FP32's value on a set."""
        found = []
        for position, judged in enumerate(self.metrics):
            value = self.value(self.fp32, position, indices)
            relative = judged.drop_type == "relative"
            found.append(judged.max_drop * abs(value) if relative else judged.max_drop)
        return tuple(found)

    def value(self, seen: Observation, position: int, indices: Sequence[int]) -> float:
        """A metric's value on a set of samples."""
        metric = self.metrics[position].metric
        ones = np.ones((1, len(indices)), np.int64)
        return float(metric.aggregate(seen.of(position, indices), ones)[0])

    def estimate(self, seen: Observation, position: int, indices: Sequence[int]) -> Estimate:
        """One metric's drop on some samples, with its standard error.

        Where the metric scores class answers, changes of answer are weighed by how likely they
        were, which has less noise than counting them; elsewhere the drop is counted.

        Args:
            seen: the quantized model's observation.
            position: of the metric.
            indices: of the samples.
        """
        if self.classes is not None and self.scores_answers(position):
            return answer_drop(self.classes.answers(self.fp32, seen, position, indices))
        interval = paired_drop(
            self.metrics[position].metric,
            self.fp32.of(position, indices),
            seen.of(position, indices),
            confidence=0.68,
            seed=self.seed,
        )
        return interval.estimate, standard_error(interval)

    def scores_answers(self, position: int) -> bool:
        """Whether a metric's drop is estimated from class answers, not only counted."""
        return self.classes is not None and isinstance(self.metrics[position].metric, ScoresAnswers)

    def race(
        self, seen: Observation, position: int, order: Sequence[int], count: int, budget: float
    ) -> Standing:
        """Where a metric that is a mean stands after the first `count` images of an order."""
        metric = self.metrics[position].metric
        if not metric.is_mean:
            return "open"
        least, greatest = metric.bounds
        unseen = (
            scores(metric, self.fp32.of(position, order[count:]))
            if count < len(order)
            else np.empty(0)
        )
        so_far = SequentialSample(
            self._counted(seen, position, order[:count]),
            *open_drops(unseen, metric.bounds, higher_is_better=metric.higher_is_better),
        )
        span = (least - greatest, greatest - least)
        return sequential_standing(so_far, budget, error=_RACE_ERROR, bounds=span)

    def _counted(
        self, seen: Observation, position: int, indices: Sequence[int]
    ) -> NDArray[np.float64]:
        metric = self.metrics[position].metric
        sign = 1.0 if metric.higher_is_better else -1.0
        fp32 = scores(metric, self.fp32.of(position, indices))
        changed: NDArray[np.float64] = sign * (fp32 - scores(metric, seen.of(position, indices)))
        return changed
