"""`pixel_roc_auc` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from calibrate.core.annotation import ClassLabel, MaskTarget
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.pixel_roc_auc import PixelRocAuc
from calibrate.metrics.roc_auc_score import RocAuc
from tests.metrics.reference import draws, evidence_of

RNG = np.random.default_rng(0)
MASKS = [(RNG.random((12, 10)) < 0.2 * (index % 3)).astype(np.uint8) for index in range(12)]
MAPS = [(m + RNG.normal(0, 0.8, m.shape)).astype(np.float32) for m in MASKS]
PAIRS = [
    (ScoreMap(scores), MaskTarget(mask, None)) for scores, mask in zip(MAPS, MASKS, strict=True)
]


def test_against_scikit_learn():
    counts = draws(12)
    values = PixelRocAuc().aggregate(evidence_of(PixelRocAuc(), PAIRS), counts)
    for value, drawn in zip(values, counts, strict=True):
        indices = np.repeat(np.arange(12), drawn)
        truth = np.concatenate([MASKS[i].ravel() for i in indices])
        scores = np.concatenate([MAPS[i].ravel() for i in indices])
        assert value == pytest.approx(roc_auc_score(truth, scores), abs=2e-4)


def test_ignored_pixels_do_not_count():
    scores = np.array([[0.9, 0.1, 0.5]], np.float32)
    mask = np.array([[1, 0, 255]], np.uint8)
    evidence = [PixelRocAuc().score(ScoreMap(scores), MaskTarget(mask), Facts("a"))]
    assert PixelRocAuc().aggregate(evidence, np.ones((1, 1), np.int64)).tolist() == [1.0]


def test_images_are_ranked_by_their_greatest_score():
    truth = [int(mask.any()) for mask in MASKS]
    expected = roc_auc_score(truth, [scores.max() for scores in MAPS])
    for targets in (MASKS, [ClassLabel(label) for label in truth]):
        pairs = [
            (ScoreMap(m), t if isinstance(t, ClassLabel) else MaskTarget(t, None))
            for m, t in zip(MAPS, targets, strict=True)
        ]
        value = RocAuc().aggregate(evidence_of(RocAuc(), pairs), np.ones((1, 12), np.int64))[0]
        assert value == pytest.approx(expected)


def test_other_kinds_and_sizes_are_refused():
    with pytest.raises(CalibrateError, match="pixel_roc_auc"):
        PixelRocAuc().score(PAIRS[0][0], ClassLabel(1), Facts("a"))
    small = MaskTarget(np.zeros((3, 3), np.uint8))
    with pytest.raises(CalibrateError, match="pixel_roc_auc"):
        PixelRocAuc().score(PAIRS[0][0], small, Facts("a"))
