"""What a function's results depend on."""

from functools import partial

import numpy as np
import pytest

from calibrate.commands.from_python.function_parts import function_parts


def above(least):
    def metric(outputs, target):
        return float(outputs["scores"].max() > least)

    return metric


def with_default(weight):
    def metric(outputs, target, weight=weight):
        return weight

    return metric


class Metric:
    def __init__(self, least):
        self.least = least

    def __call__(self, outputs, target):
        return self.least

    def score(self, outputs, target):
        return self.least


def from_text(text):
    """A function whose source is in no file."""
    return eval(text)


MASK = np.zeros((64, 64), np.int64)
CHANGED = MASK.copy()
CHANGED[32, 32] = 1


@pytest.mark.parametrize(
    ("first", "second", "are_equal"),
    [
        (above(0.5), above(0.5), True),
        (above(0.5), above(0.6), False),
        (above(above(0.5)), above(above(0.6)), False),
        (above(MASK), above(MASK.copy()), True),
        (above(MASK), above(CHANGED), False),
        (above(object()), above(object()), True),
        (above(object()), above(Metric(1)), False),
        (with_default(1), with_default(2), False),
        (partial(above, 1), partial(above, 2), False),
        (Metric(1), Metric(1), True),
        (Metric(1), Metric(2), False),
        (Metric([1]), Metric([2]), False),
        (Metric(1).score, Metric(1).__call__, False),
        (Metric, MASK, False),
        (from_text("lambda a, b: 1.0"), from_text("lambda a, b: 1.0"), True),
        (from_text("lambda a, b: 1.0"), from_text("lambda a, b: 2.0"), False),
        (from_text("lambda a, b: abs(a)"), from_text("lambda a, b: max(a)"), False),
        (max, max, True),
        (max, min, False),
        ({"b", "a"}, {"a", "b"}, True),
        ({"a": [1, (2,)]}, {"a": [1, (3,)]}, False),
        (np.array(["a", None], object), np.array(["b", None], object), False),
    ],
)
def test_functions_of_equal_results_have_equal_parts(first, second, are_equal):
    assert (list(function_parts(first)) == list(function_parts(second))) == are_equal


def test_a_function_that_encloses_itself_has_finite_parts():
    def countdown(number):
        return countdown(number - 1) if number else 0

    assert list(function_parts(countdown))


def test_a_name_that_is_assigned_later_counts_as_none():
    def metric(outputs, target):
        return later

    parts = list(function_parts(metric))
    later = 1.0
    assert parts != list(function_parts(metric))
    assert later == metric(None, None)
