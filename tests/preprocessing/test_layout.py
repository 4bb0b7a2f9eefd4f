"""Step `layout`: permutations of dimensions."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.errors import CalibrateError
from calibrate.preprocessing.layout import Layout


@pytest.mark.parametrize(
    ("order", "shape", "expected"),
    [
        ("CHW->HWC", (3, 4, 5), (4, 5, 3)),
        ("HWC->CHW", (4, 5, 3), (3, 4, 5)),
        ("HW->WH", (4, 5), (5, 4)),
    ],
)
def test_order(of, order, shape, expected):
    array = np.arange(np.prod(shape)).reshape(shape)
    made = Layout(order=order)(of(array))
    assert made.image.shape == expected
    assert made.image.flags.c_contiguous


def test_values_move_with_their_dimension(of):
    array = np.arange(24).reshape(2, 3, 4)
    made = Layout(order="CHW->HWC")(of(array))
    assert made.image[1, 2, 0] == array[0, 1, 2]


def test_wrong_rank(of):
    with pytest.raises(CalibrateError, match=r"of shape \(4, 5\) is not CHW"):
        Layout(order="CHW->HWC")(of(np.zeros((4, 5))))


@pytest.mark.parametrize("order", ["CHW", "CHW->HW", "CHW->CCH", "chw->hwc", "CHW->HWX"])
def test_no_permutation(order):
    with pytest.raises(ValidationError):
        Layout(order=order)
