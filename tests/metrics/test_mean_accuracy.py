"""`mean_accuracy` against scikit-learn's recall of pixels."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.metrics.mean_accuracy import MeanAccuracy
from tests.metrics.reference import draws, evidence_of

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 4, (12, 6, 5))
SAID = np.where(RNG.random(TRUTH.shape) < 0.4, RNG.integers(0, 4, TRUTH.shape), TRUTH)
PAIRS = [(ClassMap(a), MaskTarget(b, None)) for a, b in zip(SAID, TRUTH, strict=True)]


@pytest.mark.parametrize("only", [None, 2])
def test_against_scikit_learn(only):
    metric, counts = MeanAccuracy(only_label=only), draws(12)
    values = metric.aggregate(evidence_of(metric, PAIRS), counts)
    for value, drawn in zip(values, counts, strict=True):
        truth, said = (np.repeat(masks, drawn, axis=0).ravel() for masks in (TRUTH, SAID))
        each = recall_score(truth, said, average=None)
        assert value == pytest.approx(each.mean() if only is None else each[only], abs=1e-12)
