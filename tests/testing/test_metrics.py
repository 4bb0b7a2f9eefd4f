"""`check_metric` finds what is wrong with a metric; what it lets pass is in the metrics' tests."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, ValueTarget
from calibrate.core.component import Component
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.testing.metrics import check_metric


class Largest(Component):
    """Mean of the largest absolute error of each sample."""

    higher_is_better: ClassVar = False
    is_mean: ClassVar = True
    bounds: ClassVar = (0.0, float("inf"))
    unit: ClassVar = ""
    reference: ClassVar = "annotation"

    @property
    def label(self) -> str:
        return "largest"

    def score(self, prediction, target, facts):
        if not isinstance(target, ValueTarget):
            raise CalibrateError("needs values", facts.id)
        return np.array([np.abs(prediction.values - target.values).max()], np.float64)

    def aggregate(self, evidence: Sequence, counts):
        total = counts.sum(axis=1)
        sums = counts @ np.concatenate(evidence)
        return np.where(total > 0, sums / np.maximum(total, 1), np.nan)


def cases(error):
    return [
        (
            Values(np.full(2, error * (index + 1), np.float32)),
            ValueTarget(np.zeros(2, np.float32)),
            Facts(f"s{index}"),
        )
        for index in range(4)
    ]


ODD = [(cases(1)[0][0], ClassLabel(1), Facts("s9"))]


def test_a_metric_that_keeps_the_contract_passes():
    assert check_metric(Largest(), cases(1), worse=cases(2), odd=ODD) == 2.5


class Unnamed(Largest):
    """A metric."""

    @property
    def label(self):
        return ""


class Backwards(Largest):
    """A metric."""

    higher_is_better: ClassVar = True


class Single(Largest):
    """A metric."""

    def score(self, prediction, target, facts):
        return super().score(prediction, target, facts).astype(np.float32)


class Outside(Largest):
    """A metric."""

    bounds: ClassVar = (0.0, 1.0)


class Sum(Largest):
    """A metric."""

    def aggregate(self, evidence, counts):
        values = (counts @ np.concatenate(evidence)).astype(np.float64)
        return np.where(counts.sum(axis=1) > 0, values, np.nan)


class NoNan(Largest):
    """A metric."""

    def aggregate(self, evidence, counts):
        return np.nan_to_num(super().aggregate(evidence, counts))


class Once(Largest):
    """A metric."""

    is_mean: ClassVar = False

    def aggregate(self, evidence, counts):
        return super().aggregate(evidence, np.minimum(counts, 1))


class Ordered(Largest):
    """A metric."""

    is_mean: ClassVar = False

    def aggregate(self, evidence, counts):
        weights = np.arange(1, len(evidence) + 1)
        return super().aggregate([w * e for w, e in zip(weights, evidence, strict=True)], counts)


class Lenient(Largest):
    """A metric."""

    def score(self, prediction, target, facts):
        return np.array([np.abs(prediction.values).max()], np.float64)


class Scalar(Largest):
    """A metric."""

    def aggregate(self, evidence, counts):
        return super().aggregate(evidence, counts)[0]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Unnamed, "Unnamed.label is a name"),
        (Backwards, "the better predictions have the greater value"),
        (Single, "evidence is float64, not float32"),
        (Outside, r"score 2.0 is within the bounds 0.0 to 1.0"),
        (Sum, "is_mean: the value is the mean of the scores"),
        (NoNan, "a set without samples has no value: nan"),
        (Once, "a sample drawn twice counts as two such samples"),
        (Ordered, "a sample drawn twice|the order of the samples"),
        (Lenient, "refuses Values with ClassLabel with a CalibrateError"),
        (Scalar, r"aggregate\(\) returns \[B\] float64"),
    ],
)
def test_what_breaks_the_contract_is_reported(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_metric(kind(), cases(1), worse=cases(2), odd=ODD)


def test_few_samples_show_nothing():
    with pytest.raises(AssertionError, match="three samples"):
        check_metric(Largest(), cases(1)[:2])
