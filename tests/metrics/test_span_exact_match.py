import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.span import Span
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.span_exact_match import SpanExactMatch
from calibrate.metrics.span_f1 import SpanF1


@pytest.mark.parametrize(
    ("said", "true", "exact", "f1"),
    [
        ([3, 5], [3, 5], 1, 1),
        ([3, 5], [3, 6], 0, 6 / 7),
        ([3, 5], [6, 9], 0, 0),
        ([3, 5], [6, 9, 3, 5], 1, 1),  # two accepted answers
        ([4, 4], [3, 5, -100, -100], 0, 0.5),  # filled up
    ],
)
def test_values(said, true, exact, f1):
    case = (Span(np.array(said)), TokenTarget(np.array(true)), Facts("a"))
    assert SpanExactMatch().score(*case) == [exact]
    assert SpanF1().score(*case) == pytest.approx([f1])


@pytest.mark.parametrize("true", [[], [3], [5, 3], [-1, 3]])
def test_targets_that_are_no_positions(true):
    target = TokenTarget(np.array(true, np.int64))
    with pytest.raises(CalibrateError, match="is no first and last position"):
        SpanExactMatch().score(Span(np.array([3, 5])), target, Facts("a"))
