"""`dice` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.dice import Dice

FACTS = Facts("a")


COUNT = 60


def draws(rng):
    ones = np.ones((1, COUNT), np.int64)
    return np.vstack([ones, rng.multinomial(COUNT, np.full(COUNT, 1 / COUNT), size=4)])


def test_dice_is_the_f1_score_of_pixels():
    rng = np.random.default_rng(2)
    masks = rng.integers(0, 4, (COUNT, 5, 6))
    said = np.where(rng.random(masks.shape) < 0.6, masks, rng.integers(0, 5, masks.shape))
    metric = Dice()
    evidence = [
        metric.score(ClassMap(mine), MaskTarget(mask.astype(np.uint8)), FACTS)
        for mine, mask in zip(said, masks, strict=True)
    ]
    counts = draws(rng)
    for value, drawn in zip(metric.aggregate(evidence, counts), counts, strict=True):
        expected = f1_score(
            np.repeat(masks, drawn, axis=0).ravel(),
            np.repeat(said, drawn, axis=0).ravel(),
            average="macro",
        )
        assert value == pytest.approx(expected, abs=1e-14)
    without = Dice(ignore_label=0).aggregate(evidence, counts[:1])[0]
    each = f1_score(masks.ravel(), said.ravel(), average=None)
    assert without == pytest.approx(each[1:].mean(), abs=1e-14)


def test_an_image_without_labelled_pixels_has_no_value():
    mask = MaskTarget(np.full((2, 2), 255, np.uint8))
    evidence = [Dice().score(ClassMap(np.zeros((2, 2), int)), mask, FACTS)]
    assert np.isnan(Dice().aggregate(evidence, np.ones((1, 1), np.int64))[0])


def volumes(*cases):
    """Predictions and targets of cases of four voxels."""
    return [
        (ClassMap(np.array(said).reshape(1, 2, 2)), MaskTarget(np.array(true).reshape(1, 2, 2)))
        for said, true in cases
    ]


BOTH_EMPTY = ([0, 0, 0, 0], [0, 0, 0, 0])
HALF = ([1, 1, 0, 0], [1, 0, 1, 0])  # 2 * 1 / (2 + 2)
RIGHT = ([1, 2, 0, 0], [1, 2, 0, 0])
MADE_UP = ([1, 0, 0, 0], [0, 0, 0, 0])


@pytest.mark.parametrize(
    ("fields", "cases", "expected"),
    [
        ({}, [HALF, RIGHT], (2 * 2 / 6 + 1) / 2),
        # MONAI's DiceMetric(include_background=False, ignore_empty=True).
        ({"per_case": True}, [HALF, RIGHT], 0.75),
        ({"per_case": True}, [HALF, BOTH_EMPTY], 0.5),
        ({"per_case": True}, [HALF, MADE_UP], 0.5),
        # MONAI's DiceMetric(include_background=False, ignore_empty=False).
        ({"per_case": True, "empty": "one"}, [HALF, BOTH_EMPTY], 0.75),
        ({"per_case": True, "empty": "one"}, [HALF, MADE_UP], 0.25),
        ({"per_case": True, "empty": "one", "classes": 3}, [HALF, RIGHT], (0.75 + 1) / 2),
        ({"per_case": True, "only_label": 2}, [HALF, RIGHT], 1.0),
        ({"per_case": True, "only_label": 2, "empty": "one"}, [HALF, RIGHT], 1.0),
    ],
)
def test_conventions_for_empty_masks(fields, cases, expected):
    metric = Dice(ignore_label=0, **fields)
    pairs = volumes(*cases)
    evidence = [metric.score(said, true, Facts("a")) for said, true in pairs]
    value = metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))
    assert value == pytest.approx([expected])


def test_volumes_of_other_shapes_are_refused():
    said, target = ClassMap(np.zeros((1, 2, 2), int)), MaskTarget(np.zeros((2, 2, 2), int))
    with pytest.raises(CalibrateError, match=r"has shape \[1, 2, 2\], its target \[2, 2, 2\]"):
        Dice().score(said, target, Facts("a"))


def test_two_of_one_type_are_distinguished():
    assert Dice().label == "dice"
    assert Dice(ignore_label=0).label == "dice ignore_label=0"
    assert Dice(ignore_label=0, per_case=True).label == "dice ignore_label=0 per_case=True"
