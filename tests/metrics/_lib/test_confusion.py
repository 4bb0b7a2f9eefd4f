"""Counts of classes, per image and summed."""

import numpy as np
import pytest

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import class_counts, pixel_counts, total_counts


def test_class_counts():
    counts = class_counts(np.array([0, 2, 2, 5]), np.array([0, 0, 2, 2]))
    assert {key: array.tolist() for key, array in counts.items()} == {
        "classes": [0, 2, 5],
        "both": [1, 1, 0],
        "predicted": [1, 2, 1],
        "actual": [2, 2, 0],
    }


def test_nothing_to_count():
    nothing = np.zeros(0, np.int64)
    assert class_counts(nothing, nothing)["classes"].tolist() == []


def test_totals():
    pieces = [
        class_counts(np.array([0, 2]), np.array([0, 0])),
        class_counts(np.array([1]), np.array([1])),
    ]
    totals = total_counts(pieces, np.array([[1, 1], [2, 0]]))
    assert totals.classes.tolist() == [0, 1, 2]
    assert totals.both.tolist() == [[1, 1, 0], [2, 0, 0]]
    assert totals.predicted.tolist() == [[1, 1, 1], [2, 0, 2]]
    assert totals.actual.tolist() == [[2, 1, 0], [4, 0, 0]]
    assert totals.overlap()[1] == pytest.approx([0.5, np.nan, 0], nan_ok=True)
    assert totals.balance()[1] == pytest.approx([2 / 3, np.nan, 0], nan_ok=True)
    assert totals.without(1).classes.tolist() == [0, 2]
    assert totals.without(1).actual.tolist() == [[2, 0], [4, 0]]


@pytest.mark.parametrize(("ignore", "counted"), [(255, 3), (None, 4), (1, 2)])
def test_unlabelled_pixels(ignore, counted):
    mask = MaskTarget(np.array([[0, 1], [1, 255]], np.uint8), ignore)
    counts = pixel_counts("m", ClassMap(np.zeros((2, 2), np.int64)), mask, Facts("a"))
    assert counts["actual"].sum() == counts["predicted"].sum() == counted
