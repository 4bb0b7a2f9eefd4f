import numpy as np
import pytest

from calibrate.core.annotation import ValueTarget
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.abs_rel import AbsRel


def f32(*numbers):
    return np.array(numbers, np.float32)


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [((2, 3), (2, 2), 0.25), ((5, 3), (0, 2), 0.5), ((1, 1), (2, 4), 0.625)],
)
def test_numbers_that_were_not_measured_do_not_count(said, true, expected):
    score = AbsRel().score(Values(f32(*said)), ValueTarget(f32(*true)), Facts("a"))
    assert score == pytest.approx([expected])


def test_no_positive_target():
    with pytest.raises(CalibrateError, match="sample a: abs_rel: no number of the target is pos"):
        AbsRel().score(Values(f32(1, 2)), ValueTarget(f32(0, -1)), Facts("a"))
