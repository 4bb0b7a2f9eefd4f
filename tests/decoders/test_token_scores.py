"""Decoder `token_scores`."""

import numpy as np
import pytest
from scipy.special import log_softmax, rel_entr, softmax

from calibrate.core.sample import Facts
from calibrate.decoders.token_scores import TokenLogits
from calibrate.errors import CalibrateError

FACTS = Facts("7")


@pytest.mark.parametrize("shape", [(4, 10), (1, 4, 10), (1, 1, 4, 10)])
def test_predict(shape):
    logits = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    result = TokenLogits().predict({"out": logits}, FACTS).scores
    assert result.shape == (4, 10)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, log_softmax(logits.reshape(4, 10), axis=1), atol=1e-6)


@pytest.mark.parametrize("shape", [(10,), (1, 10)])
def test_one_position(shape):
    assert TokenLogits().predict({"out": np.zeros(shape)}, FACTS).scores.shape == (1, 10)


def test_divergence_is_mean_kl():
    first, second = np.random.default_rng(0).normal(size=(2, 6, 200)) * 3
    exact = rel_entr(softmax(first, axis=1), softmax(second, axis=1)).sum(axis=1).mean()
    all_kept = TokenLogits(kept=1000)
    divergences = all_kept.divergence(all_kept.signature({"out": first}), {"out": second})
    assert divergences == pytest.approx(exact, rel=1e-6)
    # Tokens taken together can only lose divergence, and few of them hold most of it.
    some_kept = TokenLogits()
    divergences = some_kept.divergence(some_kept.signature({"out": first}), {"out": second})
    assert 0.8 * exact < divergences < exact


def test_signature_is_small():
    signature = TokenLogits().signature({"out": np.zeros((128, 30522), np.float32)})
    assert sum(array.nbytes for array in signature.values()) < 128 * 65 * 13


def test_other_length():
    decoder = TokenLogits()
    with pytest.raises(CalibrateError, match="5 positions where FP32 has 4"):
        decoder.divergence(decoder.signature({"out": np.zeros((4, 9))}), {"out": np.zeros((5, 9))})


def test_problems():
    assert TokenLogits().problems({"out": (-1, -1, 30522)}) == []
    assert "positions x vocabulary" in TokenLogits().problems({"out": (1, 3, 8, 8)})[0]


def test_probabilities_are_not_taken_for_logits():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 3, 50, 20))
    samples = [{"out": softmax(rows, axis=1).astype(np.float32)} for rows in first]
    assert TokenLogits().auto_parameters(samples) == {"probabilities": True}
    assert TokenLogits().auto_parameters([*samples, {"out": first[0]}]) == {"probabilities": False}
    assert TokenLogits(probabilities=False).auto_parameters(samples) == {}
    decoder = TokenLogits(probabilities=True)
    changed = {"out": softmax(second[0], axis=1)}
    divergence = decoder.divergence(decoder.signature(samples[0]), changed)
    expected = rel_entr(samples[0]["out"], changed["out"]).sum() / 50
    assert divergence == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(
        np.exp(decoder.predict(samples[0], Facts("a")).scores), samples[0]["out"], atol=1e-6
    )


def test_logits_that_are_called_probabilities():
    with pytest.raises(CalibrateError, match="do not sum to 1 at each position"):
        TokenLogits(probabilities=True).auto_parameters([{"out": np.ones((3, 4))}])


def test_positions_before_the_first_are_left_out():
    logits = np.random.default_rng(0).normal(size=(1, 4, 10)).astype(np.float32)
    scores = TokenLogits(first_position=1).predict({"out": logits}, FACTS).scores
    np.testing.assert_array_equal(
        scores, TokenLogits().predict({"out": logits[:, 1:]}, FACTS).scores
    )
