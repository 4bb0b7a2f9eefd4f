"""`kl_divergence` from FP32's probabilities against SciPy."""

import numpy as np
import pytest
from scipy.stats import entropy

from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.kl_divergence import KlDivergence

FACTS = Facts("a")


def f32(*values):
    return np.array(values, np.float32)


def test_kl_divergence():
    p, q = f32(0.7, 0.2, 0.1), f32(0.5, 0.3, 0.2)
    metric = KlDivergence()
    classes = metric.score(ClassScores(q), ClassScores(p), FACTS)
    assert classes == pytest.approx(entropy(p, q), rel=1e-6)
    labels = metric.score(LabelScores(q), LabelScores(p), FACTS)
    expected = sum(entropy([a, 1 - a], [b, 1 - b]) for a, b in zip(p, q, strict=True))
    assert labels == pytest.approx(expected, rel=1e-6)
    two = np.log(np.stack([q, p])), np.log(np.stack([p, p]))
    score = metric.score(TokenScores(two[0]), TokenScores(two[1]), FACTS)
    assert score == pytest.approx(entropy(p, q) / 2, rel=1e-5)


def test_kl_divergence_of_certainty_is_finite():
    certain, other = ClassScores(f32(1, 0)), ClassScores(f32(0, 1))
    value = KlDivergence().score(other, certain, FACTS)[0]
    assert 20 < value < 30


@pytest.mark.parametrize(
    ("metric", "model", "fp32", "message"),
    [
        (KlDivergence(), Values(f32(1)), Values(f32(1)), "kl_divergence compares ClassScores"),
        (
            KlDivergence(),
            ClassScores(f32(1)),
            LabelScores(f32(1)),
            "and got ClassScores with Label",
        ),
        (KlDivergence(), ClassScores(f32(1)), ClassScores(f32(0, 1)), "has shape"),
        (KlDivergence(), ClassScores(f32(np.nan)), ClassScores(f32(1)), "holds NaN"),
    ],
)
def test_what_does_not_fit_is_refused(metric, model, fp32, message):
    with pytest.raises(CalibrateError, match=message):
        metric.score(model, fp32, FACTS)
