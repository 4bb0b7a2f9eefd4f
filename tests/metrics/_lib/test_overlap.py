import numpy as np
import pytest

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.metrics.mean_iou import MeanIou

SAID, TRUE = np.array([[1, 1, 2, 0]]), np.array([[1, 0, 2, 255]])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (0 + 0.5 + 1) / 3),
        ({"ignore_label": 0}, 0.75),
        ({"only_label": 1}, 0.5),
        ({"only_label": 2}, 1.0),
        ({"per_case": True}, 0.5),
        ({"per_case": True, "empty": "one", "classes": 5}, (0 + 0.5 + 1 + 1 + 1) / 5),
    ],
)
def test_one_image(fields, expected):
    metric = MeanIou(**fields)
    evidence = [metric.score(ClassMap(SAID), MaskTarget(TRUE, 255), Facts("a"))]
    assert metric.aggregate(evidence, np.ones((1, 1), np.int64)) == pytest.approx([expected])


def test_a_class_that_is_nowhere_has_no_value():
    metric = MeanIou(only_label=7)
    evidence = [metric.score(ClassMap(SAID), MaskTarget(TRUE, 255), Facts("a"))]
    assert np.isnan(metric.aggregate(evidence, np.ones((1, 1), np.int64)))[0]
