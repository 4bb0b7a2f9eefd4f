"""Decoder `multilabel`."""

import numpy as np
import pytest
from scipy.special import expit, rel_entr

from calibrate.core.sample import Facts
from calibrate.decoders.multilabel import MultiLabel
from calibrate.errors import CalibrateError

FACTS = Facts("7")


@pytest.mark.parametrize(
    ("fields", "scores", "expected"),
    [
        ({}, [0.0, 2.0, -100.0], [0.5, expit(2.0), 0.0]),
        ({"probabilities": True}, [0.25, 1.0, 0.0], [0.25, 1.0, 0.0]),
        ({"probabilities": True}, [1.01, -0.01], [1.0, 0.0]),
        ({"probabilities": False}, [[0.0]], [0.5]),
        ({}, [0.25, 1.0, 0.0], [0.25, 1.0, 0.0]),
    ],
)
def test_predict(fields, scores, expected):
    prediction = MultiLabel(**fields).predict({"out": np.array(scores, np.float32)}, FACTS)
    assert prediction.scores.dtype == np.float32
    np.testing.assert_allclose(prediction.scores, expected, rtol=1e-6, atol=1e-7)


def test_divergence_is_the_sum_of_two_way_kl():
    first, second = np.random.default_rng(0).normal(size=(2, 20))
    p, q = expit(first), expit(second)
    expected = (rel_entr(p, q) + rel_entr(1 - p, 1 - q)).sum()
    for fields, a, b in [({}, first, second), ({"probabilities": True}, p, q)]:
        decoder = MultiLabel(**fields)
        divergences = decoder.divergence(decoder.signature({"out": a}), {"out": b})
        assert divergences == pytest.approx(expected, rel=1e-9)


def test_logits_are_no_probabilities():
    decoder, outputs = MultiLabel(probabilities=True), {"out": np.array([-3.0, 4.0])}
    for look in (lambda: decoder.signature(outputs), lambda: decoder.auto_parameters([outputs])):
        with pytest.raises(CalibrateError, match="range from -3 to 4, which are no probabilities"):
            look()


@pytest.mark.parametrize(
    ("fields", "samples", "expected"),
    [
        ({}, [[0.1, 0.9], [0.0, 1.0]], {"probabilities": True}),
        # One sample of logits may lie within 0-1; all of them do not.
        ({}, [[0.1, 0.9], [-2.0, 0.5]], {"probabilities": False}),
        ({}, [[0.1, 0.9], [0.5, 1.2]], {"probabilities": False}),
        ({"probabilities": False}, [[0.1, 0.9]], {}),
        ({"probabilities": True}, [[0.1, 0.9]], {}),
    ],
)
def test_all_samples_determine_the_kind_of_scores(fields, samples, expected):
    outputs = [{"out": np.array(scores, np.float32)} for scores in samples]
    assert MultiLabel(**fields).auto_parameters(outputs) == expected


def test_the_kind_of_scores_of_int8_is_that_of_fp32():
    reference = {"out": np.array([0.2, 0.7], np.float32)}
    beyond = {"out": np.array([0.2, 1.2], np.float32)}  # INT8 misses the range of a sigmoid
    decoder = MultiLabel()
    divergence = decoder.divergence(decoder.signature(reference), beyond)
    assert divergence == pytest.approx(0.7 * np.log(0.7) + 0.3 * np.log(0.3 / 1e-7), rel=1e-3)


def test_problems():
    assert MultiLabel().problems({"out": (1, 1)}) == []
    assert MultiLabel().problems({"out": (1, 20)}) == []
    assert "[4, 20]" in MultiLabel().problems({"out": (1, 4, 20)})[0]
