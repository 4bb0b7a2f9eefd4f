"""Differences of values and of pixels."""

import numpy as np

from calibrate.core.annotation import ImageTarget, ValueTarget
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.metrics._lib.residuals import differences


def test_values():
    made, truth = Values(np.array([1, 5], np.float32)), ValueTarget(np.array([2, 2], np.float32))
    assert differences("m", made, truth, Facts("a")).tolist() == [-1, 3]


def test_pixels_below_the_target_do_not_wrap_around():
    made, truth = np.zeros((1, 2), np.float32), np.array([[255, 0]], np.uint8)
    result = differences("m", ImageOutput(made), ImageTarget(truth), Facts("a"))
    assert result.tolist() == [-255, 0]
