from math import inf

import numpy as np
import pytest

from calibrate.stats.drop_estimator import Answers, answer_drop, combined, shrunk

CLASSES = 8


def world(count: int, *, noise: float, temperature: float, seed: int, top_k: int = 1) -> Answers:
    """A network whose labels follow softmax(logits / temperature), and a noisy copy of it."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2.0, (count, CLASSES))
    logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    labels = (logits / temperature + random.gumbel(size=logits.shape)).argmax(axis=1)
    quantized = logits + random.normal(0, noise, logits.shape)
    before, after = (np.argsort(-values, axis=1)[:, :top_k] for values in (logits, quantized))
    return Answers(logarithms, before, after, labels)


def counted(answers: Answers) -> float:
    right = [
        (given == answers.labels[:, None]).any(axis=1).mean()
        for given in (answers.fp32, answers.int8)
    ]
    return float(right[0] - right[1])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("noise", "share"), [(0.3, 0.8), (1.0, 1.0)])
def test_right_on_average_and_closer_than_counting(temperature, noise, share):
    truth = counted(world(100_000, noise=noise, temperature=temperature, seed=99))
    samples = [world(250, noise=noise, temperature=temperature, seed=seed) for seed in range(40)]
    estimates = np.array([answer_drop(sample)[0] for sample in samples])
    counts = np.array([counted(sample) for sample in samples])
    assert estimates.mean() == pytest.approx(truth, abs=0.1 * truth + 0.003)
    error, of_counting = (np.sqrt(((entry - truth) ** 2).mean()) for entry in (estimates, counts))
    assert error < share * of_counting


def test_top_two_is_estimated_too():
    truth = counted(world(200_000, noise=0.5, temperature=1.0, seed=99, top_k=2))
    samples = [world(250, noise=0.5, temperature=1.0, seed=s, top_k=2) for s in range(20)]
    estimates = [answer_drop(sample)[0] for sample in samples]
    assert np.mean(estimates) == pytest.approx(truth, abs=0.004)


def test_labels_drawn_anew_at_random_cost_less_to_lose():
    sample = world(2000, noise=0.5, temperature=1.0, seed=3)
    wrong = np.random.default_rng(0).integers(0, CLASSES, 2000)
    noisy = Answers(sample.logarithms, sample.fp32, sample.int8, wrong)
    assert abs(answer_drop(noisy)[0]) < answer_drop(sample)[0] / 2


def test_no_changed_answer_is_no_drop_give_or_take_one_sample():
    sample = world(50, noise=0.0, temperature=1.0, seed=1)
    assert answer_drop(sample) == (0.0, 1 / 50)


def test_a_broken_model_loses_what_is_counted():
    sample = world(400, noise=0.1, temperature=0.3, seed=1)
    broken = Answers(sample.logarithms, sample.fp32, (sample.fp32 + 1) % CLASSES, sample.labels)
    drop, error = answer_drop(broken)
    assert drop == pytest.approx(counted(broken), abs=3 * error)
    assert drop > 0.5


@pytest.mark.parametrize(
    ("labelled", "modelled", "estimate"),
    [
        ([0.0, 0.4, 0.0, 0.4], [0.1] * 4, 0.1 + 0.0025 / (0.0025 + 0.04 / 3) * 0.1),
        ([0.2] * 4, [0.1] * 4, 0.2),  # labels without noise decide
        ([0.0, 0.5], [0.0, 0.0], 0.0),  # nothing is expected
        ([0.0], [0.1], 0.1),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
    ],
)
def test_shrunk(labelled, modelled, estimate):
    assert shrunk(np.array(labelled), np.array(modelled))[0] == pytest.approx(estimate)


def test_the_error_of_one_sample_is_not_known():
    assert shrunk(np.array([0.0]), np.array([0.1]))[1] == inf


@pytest.mark.parametrize(
    ("counted_drop", "expected", "estimate"),
    [
        ((0.02, 0.01), (0.01, 0.01), (0.015, 0.01 / 2**0.5)),
        ((0.02, inf), (0.01, 0.01), (0.01, 0.0)),
        ((0.02, 0.01), (0.01, inf), (0.02, 0.01)),
        ((0.02, 0.0), (0.01, 0.0), (0.02, 0.0)),
        ((0.02, 0.01), (0.0, 0.0), (0.0, 0.0)),
    ],
)
def test_combined(counted_drop, expected, estimate):
    assert combined(counted_drop, expected) == pytest.approx(estimate)
