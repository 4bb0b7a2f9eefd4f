"""What models score against FP32, metric by metric: every view of drops that a run takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.config.resolved import JudgedMetric
from calibrate.core.component import ExpectsScore
from calibrate.core.observation import Observation
from calibrate.stats.drop_estimator import (
    Estimate,
    Slope,
    calibrated_estimate,
    combined_estimate,
    pooled_slope,
)
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
        beliefs: [C] how probable each class is, by sample, for metrics that expect by it.
    """

    metrics: tuple[JudgedMetric, ...]
    fp32: Observation
    seed: int
    beliefs: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)

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

    def estimates(
        self, seen: Sequence[Observation], position: int, indices: Sequence[Sequence[int]]
    ) -> list[Estimate]:
        """One metric's drop of several models on search images, each with its standard error.

        For choosing, not for judging: where the metric can say without labels what a change is
        expected to cost, that is calibrated on the labels and used, since it has less noise.
        """
        metric, slope = self._expecting(position), self.slope(seen, position, indices)
        if metric is None or slope is None:
            pairs = zip(seen, indices, strict=True)
            return [self._drop(one, position, own) for one, own in pairs]
        return [
            calibrated_estimate(self._expected(metric, one, position, own), slope)
            for one, own in zip(seen, indices, strict=True)
        ]

    def slope(
        self, seen: Sequence[Observation], position: int, indices: Sequence[Sequence[int]]
    ) -> Slope | None:
        """What a flip costs for what is expected of it; None for metrics that cannot say."""
        metric = self._expecting(position)
        if metric is None:
            return None
        pairs = list(zip(seen, indices, strict=True))
        return pooled_slope(
            [self._counted(one, position, own) for one, own in pairs],
            [self._expected(metric, one, position, own) for one, own in pairs],
        )

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

    def combined(
        self, seen: Observation, position: int, indices: Sequence[int], slope: Slope
    ) -> Estimate:
        """A drop counted and expected, for judging; the slope is of other images.

        Only counted where the metric cannot say what to expect.
        """
        metric = self._expecting(position)
        if metric is None:
            return self._drop(seen, position, indices)
        counted = self._counted(seen, position, indices)
        return combined_estimate(counted, self._expected(metric, seen, position, indices), slope)

    def _expecting(self, position: int) -> ExpectsScore | None:
        """A metric that can say what to expect, where there are beliefs to say it from."""
        metric = self.metrics[position].metric
        return metric if self.beliefs and isinstance(metric, ExpectsScore) else None

    def _counted(
        self, seen: Observation, position: int, indices: Sequence[int]
    ) -> NDArray[np.float64]:
        metric = self.metrics[position].metric
        sign = 1.0 if metric.higher_is_better else -1.0
        fp32 = scores(metric, self.fp32.of(position, indices))
        changed: NDArray[np.float64] = sign * (fp32 - scores(metric, seen.of(position, indices)))
        return changed

    def _expected(
        self, metric: ExpectsScore, seen: Observation, position: int, indices: Sequence[int]
    ) -> NDArray[np.float64]:
        own, other = self.fp32.choices, seen.choices
        return np.array(
            [
                metric.expected_score(self.beliefs[index], own[index][position])
                - metric.expected_score(self.beliefs[index], other[index][position])
                for index in indices
            ],
            np.float64,
        )

    def _drop(self, seen: Observation, position: int, indices: Sequence[int]) -> Estimate:
        interval = paired_drop(
            self.metrics[position].metric,
            self.fp32.of(position, indices),
            seen.of(position, indices),
            confidence=0.68,
            seed=self.seed,
        )
        return interval.estimate, standard_error(interval)
