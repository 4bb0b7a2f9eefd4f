"""`token_f1` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.metrics.token_f1 import TokenF1
from tests.metrics.reference import draws, evidence_of

RNG = np.random.default_rng(0)
TRUTH = [RNG.integers(0, 4, length) for length in RNG.integers(3, 12, 30)]
SAID = [np.where(RNG.random(t.size) < 0.3, RNG.integers(0, 4, t.size), t) for t in TRUTH]


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@pytest.mark.parametrize("outside", [None, 0])
def test_against_scikit_learn(average, outside):
    metric = TokenF1(average=average, outside=outside)
    pairs = []
    for said, true in zip(SAID, TRUTH, strict=True):
        # A last position that does not count.
        padded = np.append(true, -100)
        scores = np.log(np.eye(4)[np.append(said, 0)] + 0.01)
        pairs.append((TokenScores(scores.astype(np.float32)), TokenTarget(padded)))
    counts = draws(30)
    labels = [label for label in range(4) if label != outside]
    values = metric.aggregate(evidence_of(metric, pairs), counts)
    for value, drawn in zip(values, counts, strict=True):
        indices = np.repeat(np.arange(30), drawn)
        expected = f1_score(
            np.concatenate([TRUTH[i] for i in indices]),
            np.concatenate([SAID[i] for i in indices]),
            average=average,
            labels=labels,
        )
        assert value == pytest.approx(expected, abs=1e-12)
