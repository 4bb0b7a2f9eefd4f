"""Metrics that are made of a base class and a formula."""

from typing import ClassVar

import numpy as np
import pytest

from calibrate.core.annotation import ValueTarget
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.metrics.base import POSITIVE, MeanMetric, RatioMetric, ResidualMetric
from calibrate.testing.metrics import check_metric


class Bias(ResidualMetric):
    """Mean of the errors' size, weighed."""

    name: ClassVar[str] = "bias"

    weight: float = 1.0
    """Factor of every error."""
    shifts: tuple[float, ...] = ()
    """Are added."""

    def formula(self, errors):
        return float(abs(errors.mean() * self.weight) + sum(self.shifts))


class Sum(RatioMetric):
    """Root of the summed prediction over the summed target."""

    name: ClassVar[str] = "sum"
    bounds: ClassVar[tuple[float, float]] = POSITIVE

    def terms(self, prediction, target, facts):
        return float(prediction.values.sum()), float(target.values.sum())

    def value(self, ratio):
        return np.sqrt(ratio)


CASES = [
    (
        Values(np.array([number, 2], np.float32)),
        ValueTarget(np.array([1, 2], np.float32)),
        Facts(f"s{number}"),
    )
    for number in (2, 3, 7)
]


def test_a_formula_of_residuals():
    assert check_metric(Bias(), CASES) == pytest.approx((0.5 + 1 + 3) / 3)
    assert check_metric(Bias(weight=2.0), CASES) == pytest.approx((1 + 2 + 6) / 3)


def test_a_ratio_of_sums():
    assert check_metric(Sum(), CASES) == pytest.approx((18 / 9) ** 0.5)
    assert not Sum().is_mean


def test_labels_show_what_is_not_the_default():
    assert Bias().label == Bias(weight=1).label == "bias"
    assert Bias(weight=2.5, shifts=(0.5, 1.0)).label == "bias weight=2.5 shifts=0.5,1"


def test_an_interface_is_no_metric():
    with pytest.raises(TypeError, match="abstract"):
        MeanMetric()
