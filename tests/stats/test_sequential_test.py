from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.stats.sequential_test import (
    SequentialSample,
    exact_decision,
    open_drops,
    sequential_decision,
)


def sample(fp32, int8, seen):
    """Both models' scores on all images, of which the first `seen` of INT8 are known."""
    fp32, int8 = np.array(fp32, dtype=np.float64), np.array(int8, dtype=np.float64)
    least, greatest = open_drops(fp32[seen:], (0.0, 1.0), higher_is_better=True)
    return SequentialSample(fp32[:seen] - int8[:seen], least, greatest)


@pytest.mark.parametrize(
    ("higher_is_better", "least", "greatest"),
    [(True, [-1.0, 0.0, -0.75], [0.0, 1.0, 0.25]), (False, [0.0, -1.0, -0.25], [1.0, 0.0, 0.75])],
)
def test_open_drops(higher_is_better, least, greatest):
    result = open_drops(np.array([0.0, 1.0, 0.25]), (0.0, 1.0), higher_is_better=higher_is_better)
    assert result[0].tolist() == least
    assert result[1].tolist() == greatest


@pytest.mark.parametrize(
    ("fp32", "int8", "seen", "max_drop", "decision"),
    [
        ([1, 1, 1, 1], [0, 0, 1, 1], 1, 0.25, "open"),
        ([1, 1, 1, 1], [0, 0, 1, 1], 2, 0.25, "over"),
        ([1, 1, 0, 0], [1, 1, 0, 0], 2, 0.0, "within"),  # what FP32 gets wrong cannot be lost
        ([1, 1, 1, 0], [0, 0, 1, 0], 2, 0.25, "open"),  # the last one may be won
        ([1, 1, 1, 0], [0, 0, 1, 0], 4, 0.25, "over"),
        ([1, 1, 1, 1], [0, 1, 1, 1], 4, 0.25, "within"),
    ],
)
def test_exact_decision(fp32, int8, seen, max_drop, decision):
    assert exact_decision(sample(fp32, int8, seen), max_drop) == decision


@given(
    st.lists(st.integers(0, 1), min_size=2, max_size=7),
    st.integers(0, 7),
    st.sampled_from([0.0, 0.1, 0.25, 0.5]),
    st.randoms(use_true_random=False),
)
def test_exact_decision_is_what_every_end_agrees_on(fp32, seen, max_drop, draws):
    seen = min(seen, len(fp32))
    known = [draws.randint(0, 1) for _ in range(seen)]
    ends = {
        "within" if np.mean(np.subtract(fp32, known + list(rest))) <= max_drop + 1e-9 else "over"
        for rest in product((0, 1), repeat=len(fp32) - seen)
    }
    expected = ends.pop() if len(ends) == 1 else "open"
    assert (
        exact_decision(sample(fp32, known + [0] * (len(fp32) - seen), seen), max_drop) == expected
    )


def decide(fp32, int8, max_drop, order, step=20, error=0.05):
    """The first decision, and after how many images."""
    fp32, int8 = np.asarray(fp32)[order], np.asarray(int8)[order]
    for entry in range(step, len(fp32) + 1, step):
        decision = sequential_decision(
            sample(fp32, int8, entry), max_drop, error=error, bounds=(-1.0, 1.0)
        )
        if decision != "open":
            return decision, entry
    raise AssertionError("open although everything was seen")


def flipped(images, lost, gained, right=0.85):
    fp32 = np.zeros(images)
    fp32[: round(right * images)] = 1
    int8 = fp32.copy()
    int8[:lost] = 0
    int8[images - gained :] = 1
    return fp32, int8


# Just on either side of the budget, where errors are likeliest.
@pytest.mark.parametrize(
    ("lost", "gained", "max_drop", "truth"),
    [(9, 7, 0.01, "within"), (10, 7, 0.01, "over"), (6, 3, 0.01, "over"), (38, 28, 0.05, "within")],
)
def test_wrong_early_decisions_stay_below_the_stated_error(lost, gained, max_drop, truth):
    draws = np.random.default_rng(0)
    fp32, int8 = flipped(200, lost, gained)
    result = [decide(fp32, int8, max_drop, draws.permutation(200))[0] for _ in range(300)]
    wrong = np.mean([decision != truth for decision in result])
    assert wrong <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def test_wrong_decisions_on_fractional_scores_stay_below_the_stated_error():
    draws = np.random.default_rng(0)
    fp32 = draws.beta(5, 2, 200)
    int8 = np.clip(fp32 - draws.normal(0.02, 0.15, 200), 0, 1)
    drop = float((fp32 - int8).mean())
    for max_drop, truth in ((drop + 1e-4, "within"), (drop - 1e-4, "over")):
        result = [
            decide(fp32, int8, max_drop, draws.permutation(200), error=0.1)[0] for _ in range(200)
        ]
        assert np.mean([decision != truth for decision in result]) <= 0.14


@pytest.mark.parametrize(
    ("lost", "gained", "max_drop", "truth"),
    [(180, 20, 0.01, "over"), (80, 20, 0.01, "over"), (10, 10, 0.04, "within")],
)
def test_clear_cases_are_decided_early(lost, gained, max_drop, truth):
    draws = np.random.default_rng(0)
    fp32, int8 = flipped(1000, lost, gained)
    result = [decide(fp32, int8, max_drop, draws.permutation(1000)) for _ in range(15)]
    assert {decision for decision, _ in result} == {truth}
    assert np.median([entry for _, entry in result]) <= 300


def test_without_bounds_only_the_exact_rule_is_left():
    lost = SequentialSample(np.full(50, 5.0), np.full(50, -np.inf), np.full(50, np.inf))
    assert sequential_decision(lost, 0.1, error=0.05, bounds=(-np.inf, np.inf)) == "open"
    done = SequentialSample(np.full(50, 5.0), np.empty(0), np.empty(0))
    assert sequential_decision(done, 0.1, error=0.05, bounds=(-np.inf, np.inf)) == "over"


def test_no_observation_is_undecided():
    empty = SequentialSample(np.empty(0), np.full(10, -1.0), np.full(10, 1.0))
    assert sequential_decision(empty, 0.01, error=0.05, bounds=(-1.0, 1.0)) == "open"
