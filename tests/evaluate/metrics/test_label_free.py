"""The metrics against FP32's predictions, on hand-worked numbers and against SciPy."""

import numpy as np
import pytest
from scipy.spatial.distance import cosine
from scipy.stats import entropy

from calibrate.contracts.annotation import ClassLabel
from calibrate.contracts.prediction import (
    ClassMap,
    ClassScores,
    Detections,
    LabelScores,
    RawOutputs,
    TokenScores,
    Values,
)
from calibrate.contracts.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.evaluate.metrics.agreement import Agreement
from calibrate.evaluate.metrics.cosine_similarity import CosineSimilarity
from calibrate.evaluate.metrics.flip_rate import FlipRate
from calibrate.evaluate.metrics.kl_divergence import KlDivergence
from calibrate.evaluate.metrics.sqnr import Sqnr

FACTS = Facts("a")


def f32(*values):
    return np.array(values, np.float32)


def boxes(*rows):
    """Rows of left edge, score, label; 10 x 10 pixels."""
    corners = [(x, 0, x + 10, 10) for x, _, _ in rows]
    return Detections(
        np.array(corners, np.float32).reshape(-1, 4),
        f32(*(row[1] for row in rows)),
        np.array([row[2] for row in rows], np.int64),
    )


def tokens(*best):
    scores = np.full((len(best), 4), -9, np.float32)
    scores[np.arange(len(best)), list(best)] = -0.1
    return TokenScores(scores)


@pytest.mark.parametrize(
    ("model", "fp32", "expected"),
    [
        (ClassScores(f32(0.1, 0.9)), ClassScores(f32(0.4, 0.6)), 1),
        (ClassScores(f32(0.6, 0.4)), ClassScores(f32(0.4, 0.6)), 0),
        (LabelScores(f32(0.6, 0.4, 0.1)), LabelScores(f32(0.7, 0.6, 0.2)), 2 / 3),
        (ClassMap(np.array([[1, 2], [3, 4]])), ClassMap(np.array([[1, 2], [3, 0]])), 3 / 4),
        (tokens(1, 2, 3), tokens(1, 2, 0), 2 / 3),
        (boxes(), boxes(), 1),
        (boxes((0, 0.9, 1)), boxes(), 0),
        (boxes(), boxes((0, 0.9, 1)), 0),
        (boxes((1, 0.9, 1)), boxes((0, 0.8, 1)), 1),
        (boxes((1, 0.9, 2)), boxes((0, 0.8, 1)), 0),
        (boxes((8, 0.9, 1)), boxes((0, 0.8, 1)), 0),
        # What is not sure enough is no decision, on either side.
        (boxes((0, 0.9, 1), (50, 0.5, 1)), boxes((0, 0.8, 1), (90, 0.1, 1)), 1),
        (boxes((0, 0.9, 1), (50, 0.7, 1)), boxes((0, 0.8, 1)), 2 / 3),
        # One box finds one box.
        (boxes((0, 0.9, 1), (1, 0.7, 1)), boxes((0, 0.8, 1)), 2 / 3),
    ],
)
def test_agreement_and_flips(model, fp32, expected):
    assert Agreement().score(model, fp32, FACTS) == pytest.approx(expected)
    assert FlipRate().score(model, fp32, FACTS) == pytest.approx(1 - expected)


def test_thresholds():
    pair = LabelScores(f32(0.6)), LabelScores(f32(0.9))
    assert Agreement(label_threshold=0.7).score(*pair, FACTS) == 0
    sure = boxes((0, 0.65, 1)), boxes((0, 0.9, 1))
    assert Agreement(annotation_conf_threshold=0.7).score(*sure, FACTS) == 0


def test_kl_divergence():
    p, q = f32(0.7, 0.2, 0.1), f32(0.5, 0.3, 0.2)
    metric = KlDivergence()
    classes = metric.score(ClassScores(q), ClassScores(p), FACTS)
    assert classes == pytest.approx(entropy(p, q), rel=1e-6)
    labels = metric.score(LabelScores(q), LabelScores(p), FACTS)
    expected = sum(entropy([a, 1 - a], [b, 1 - b]) for a, b in zip(p, q, strict=True))
    assert labels == pytest.approx(expected, rel=1e-6)
    two = np.log(np.stack([q, p])), np.log(np.stack([p, p]))
    found = metric.score(TokenScores(two[0]), TokenScores(two[1]), FACTS)
    assert found == pytest.approx(entropy(p, q) / 2, rel=1e-5)


def test_kl_divergence_of_certainty_is_finite():
    certain, other = ClassScores(f32(1, 0)), ClassScores(f32(0, 1))
    value = KlDivergence().score(other, certain, FACTS)[0]
    assert 20 < value < 30


def test_cosine_similarity():
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=(3, 4)).astype(np.float32) for _ in range(3))
    metric = CosineSimilarity()
    pair = RawOutputs({"x": a, "y": a}), RawOutputs({"x": b, "y": c})
    expected = 1 - (cosine(a.ravel(), b.ravel()) + cosine(a.ravel(), c.ravel())) / 2
    assert metric.score(*pair, FACTS) == pytest.approx(expected, abs=1e-6)
    zero, some = Values(f32(0, 0)), Values(f32(0, 1))
    assert metric.score(zero, zero, FACTS).tolist() == [1]
    assert metric.score(zero, some, FACTS).tolist() == [0]
    assert metric.score(some, Values(f32(0, -5)), FACTS).tolist() == [-1]


@pytest.mark.parametrize(
    ("cap", "model", "fp32", "expected"),
    [
        (100.0, (9, 0), (10, 0), 20),
        (100.0, (9, 0), (9, 0), 100),
        (40.0, (9, 0), (9, 0), 40),
        (15.0, (9, 0), (10, 0), 15),
        (100.0, (0, 0), (10, 0), 0),
        (100.0, (0, 0), (0, 0), 100),
        (100.0, (1, 0), (0, 0), -100),
    ],
)
def test_sqnr(cap, model, fp32, expected):
    found = Sqnr(cap=cap).score(Values(f32(*model)), Values(f32(*fp32)), FACTS)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "model", "fp32", "message"),
    [
        (Agreement(), Values(f32(1)), Values(f32(1)), "agreement compares ClassScores with Class"),
        (Agreement(), ClassScores(f32(1)), ClassScores(f32(0, 1)), r"has shape \[1\], its target"),
        (Agreement(), ClassScores(f32(np.nan)), ClassScores(f32(1)), "holds NaN"),
        (Agreement(), ClassScores(f32(1)), ClassLabel(1), "and got ClassScores with ClassLabel"),
        (KlDivergence(), Values(f32(1)), Values(f32(1)), "kl_divergence compares ClassScores"),
        (Sqnr(), boxes(), boxes(), "sqnr compares ClassScores"),
        (Sqnr(), Values(f32(1)), LabelScores(f32(1)), "and got Values with LabelScores"),
        (
            CosineSimilarity(),
            RawOutputs({"a": f32(1)}),
            RawOutputs({"b": f32(1)}),
            r"outputs \['a'\] stand against FP32's \['b'\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(metric, model, fp32, message):
    with pytest.raises(CalibrateError, match=message):
        metric.score(model, fp32, FACTS)
