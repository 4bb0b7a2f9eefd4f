"""Metrics from Python functions."""

import numpy as np
import pytest

from calibrate.commands.from_python.function_metric import FunctionMetric, per_sample


def strict(model, items):
    return 0.0


def lenient(model, items):
    return 1.0


@pytest.mark.parametrize(
    ("function", "targets", "are_equal"),
    [
        (strict, (1, 2), True),
        (lenient, (1, 2), False),
        (strict, (1, 3), False),
        (strict, ((np.zeros(2000), 1), 2), False),
    ],
)
def test_the_digest_depends_on_a_validation_function_and_the_targets(function, targets, are_equal):
    first = FunctionMetric.of(per_sample(strict), (1, 2), "validate")
    second = FunctionMetric.of(per_sample(function), targets, "validate")
    assert (first.digest == second.digest) == are_equal
