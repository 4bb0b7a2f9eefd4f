import numpy as np
import pytest

from calibrate.stats.answer_model import answer_probabilities, flags, label_probabilities

CLASSES = 6


def drawn(exponent: float, count: int = 4000, seed: int = 0):
    """Log-probabilities, and classes drawn from softmax(exponent * log p)."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (count, CLASSES))
    logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    noisy = exponent * logarithms + random.gumbel(size=logits.shape)
    return logarithms, noisy


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_labels_are_as_probable_as_they_turn_out(exponent):
    logarithms, noisy = drawn(exponent)
    labels = noisy.argmax(axis=1)
    probabilities = label_probabilities(logarithms, labels)
    expected = np.exp(exponent * logarithms)
    expected /= expected.sum(axis=1, keepdims=True)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert np.abs(probabilities - expected).max() < 0.05


def test_a_few_labels_hardly_move_the_probabilities():
    logarithms, _ = drawn(1.0, count=3)
    moved = label_probabilities(logarithms, logarithms.argmin(axis=1))
    assert (moved.argmax(axis=1) == logarithms.argmax(axis=1)).all()


@pytest.mark.parametrize(("exponent", "bonus"), [(3.0, 0.0), (1.0, 2.0), (0.3, -0.5)])
def test_one_answer_is_as_probable_as_it_was_drawn(exponent, bonus):
    logarithms, noisy = drawn(exponent)
    answers = logarithms.argmax(axis=1)[:, None]
    inside = flags(answers, CLASSES)
    given = (noisy + bonus * inside).argmax(axis=1)[:, None]
    score = exponent * logarithms + bonus * inside
    expected = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    result = answer_probabilities(logarithms, answers, given)
    assert np.abs(result - expected).max() < 0.06


def test_of_two_answers_each_class_is_in_as_often_as_it_was():
    logarithms, noisy = drawn(2.0)
    answers = np.argsort(-logarithms, axis=1)[:, :2]
    given = np.argsort(-noisy, axis=1)[:, :2]
    result = answer_probabilities(logarithms, answers, given)
    assert result.sum(axis=1) == pytest.approx(2)
    ranks = np.argsort(-logarithms, axis=1)
    for rank in range(CLASSES):
        classes = ranks[:, [rank]]
        share = np.take_along_axis(flags(given, CLASSES), classes, 1).mean()
        assert np.take_along_axis(result, classes, 1).mean() == pytest.approx(share, abs=0.02)


def test_all_classes_answered_is_certain():
    logarithms, noisy = drawn(1.0, count=5)
    everything = np.argsort(-noisy, axis=1)
    assert (answer_probabilities(logarithms, everything, everything) == 1).all()


def test_rankings_are_drawn_by_the_seed():
    logarithms, noisy = drawn(1.0, count=50)
    answers, given = (np.argsort(-values, axis=1)[:, :2] for values in (logarithms, noisy))
    first, again, other = (
        answer_probabilities(logarithms, answers, given, seed=seed) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_flags():
    assert flags(np.array([[0, 2], [1, 2]]), 3).tolist() == [
        [True, False, True],
        [False, True, True],
    ]
