"""Luma and borders on pixels worked by hand."""

import numpy as np
import pytest

from calibrate.core.annotation import ImageTarget
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.sample import Facts
from calibrate.metrics._lib.image_pairs import comparable, luma


@pytest.mark.parametrize(
    ("pixel", "full", "studio"),
    [
        ((0, 0, 0), 0, 16),
        ((255, 255, 255), 255, 235),
        ((255, 0, 0), 76.245, 81.481),
        ((0, 255, 0), 149.685, 144.553),
        ((0, 0, 255), 29.07, 40.966),
    ],
)
def test_luma(pixel, full, studio):
    image = np.array([[pixel]], float)
    assert luma(image, "full") == pytest.approx(np.array([[full]]), abs=1e-3)
    assert luma(image, "studio") == pytest.approx(np.array([[studio]]), abs=1e-3)


def test_one_channel_is_its_own_luma():
    image = np.arange(4.0).reshape(2, 2)
    assert luma(image, "studio") is image


def test_border_and_clipping():
    made = np.full((5, 6), 300, np.float32)
    truth = np.arange(30, dtype=np.uint8).reshape(5, 6)
    mine, theirs = comparable(
        "m", ImageOutput(made), ImageTarget(truth), Facts("a"), luma_range=None, border=2
    )
    assert mine.tolist() == [[255, 255]]
    assert theirs.tolist() == [[14, 15]]
