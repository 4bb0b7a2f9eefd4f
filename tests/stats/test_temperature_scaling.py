import numpy as np
import pytest

from calibrate.stats.temperature_scaling import apply_temperature, fit_temperature


def drawn(draws, images, temperature, classes=10):
    """Probabilities of a model whose labels follow them at a temperature."""
    logits = draws.normal(0, 2.5, (images, classes))
    stated = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = np.array([apply_temperature(row, temperature) for row in stated])
    labels = [int(draws.choice(classes, p=row)) for row in true]
    return list(stated), labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_labels_follow_is_found(temperature):
    stated, labels = drawn(np.random.default_rng(0), 4000, temperature)
    assert fit_temperature(stated, labels) == pytest.approx(temperature, rel=0.1)


def test_without_labels_it_is_one():
    assert fit_temperature([], []) == 1.0


def test_a_few_images_move_it_a_little():
    stated, labels = drawn(np.random.default_rng(1), 4, 3.0)
    assert 0.5 < fit_temperature(stated, labels) < 2.5


def test_an_impossible_label_is_finite():
    stated = [np.array([1.0, 0.0]), np.array([1.0, 0.0])]
    assert fit_temperature(stated, [1, 0]) > 2


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [(1.0, [0.8, 0.2]), (0.5, [0.64 / 0.68, 0.04 / 0.68]), (1e9, [0.5, 0.5])],
)
def test_tempered(temperature, expected):
    assert apply_temperature(np.array([0.8, 0.2]), temperature) == pytest.approx(expected, abs=1e-6)
