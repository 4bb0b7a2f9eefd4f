"""`dice` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
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
