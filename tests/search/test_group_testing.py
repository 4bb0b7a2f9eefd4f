"""Sets of groups against divergences that are known: additive, with noise from image to image."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from calibrate.core.evaluator import FIRST_IMAGES
from calibrate.core.precision import BF16, FP32, INT8, Candidate, Group
from calibrate.search.group_testing import (
    count_measurements,
    measure_in_sets,
    measure_sensitivities,
    most_measurements,
)
from calibrate.search.sensitivity import Whole

IMAGES = 32


class Additive:
    """An evaluator whose divergences are sums over the quantized groups."""

    def __init__(self, by_group: NDArray[np.float64], seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        spread = random.lognormal(0, 0.5, (len(by_group), IMAGES))
        self._values = by_group[:, None] * spread / spread.mean(axis=1, keepdims=True)
        self.measured: list[Candidate] = []
        self.announced: list[Candidate] = []

    def whole(self) -> Whole:
        divergences = self._values.sum(axis=0)
        order = np.argsort(-divergences)
        self._values = self._values[:, order]
        return Whole(tuple(range(IMAGES)), divergences[order], float(divergences.mean()))

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        upcoming: Sequence[Candidate] = (),
    ) -> NDArray[np.float64]:
        self.measured.append(candidate)
        self.announced.extend(upcoming)
        chosen = [i for i, precision in enumerate(candidate) if precision == INT8]
        values, observed = self._values[chosen].sum(axis=0), FIRST_IMAGES
        while observed < len(indices) and not enough(values[:observed]):
            observed *= 2
        return values[:observed]

    def observe(self, candidate: Candidate, indices: Sequence[int]) -> object:
        raise AssertionError("sensitivities need no labels")


def groups(count: int, precisions: tuple = (INT8, FP32)) -> list[Group]:
    return [Group(f"g{i}", (f"g{i}",), (f"q{i}",), precisions) for i in range(count)]


@pytest.mark.parametrize("count", [100, 200, 250])
@pytest.mark.parametrize("sensitive", [1, 3, 6])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sensitive_groups_are_found_within_the_limit(count, sensitive, seed):
    random = np.random.default_rng(seed)
    by_group = random.lognormal(-9, 1, count)
    chosen = random.choice(count, sensitive, replace=False)
    by_group[chosen] = random.uniform(0.05, 0.2, sensitive)
    toy = Additive(by_group, seed)
    sensitivities = measure_sensitivities(toy, groups(count), toy.whole())
    assert len(toy.measured) <= most_measurements(count)
    assert set(sensitivities) == {(i, INT8) for i in range(count)}
    ranked = sorted(range(count), key=lambda i: -sensitivities[i, INT8].mean)
    assert set(ranked[:sensitive]) == set(chosen.tolist())
    for group in chosen:
        assert sensitivities[group, INT8].mean == pytest.approx(by_group[group], rel=0.6)


def test_the_same_measurements_give_the_same_result():
    by_group = np.random.default_rng(3).lognormal(-4, 2, 120)
    runs = []
    for _ in range(2):
        toy = Additive(by_group)
        runs.append((measure_sensitivities(toy, groups(120), toy.whole()), toy.measured))
    assert runs[0] == runs[1]


def test_where_all_are_alike_the_limit_ends_it_with_equal_shares():
    toy = Additive(np.full(200, 0.01))
    whole = toy.whole()
    sensitivities = measure_sensitivities(toy, groups(200), whole)
    assert len(toy.measured) <= most_measurements(200)
    values = [sensitivities[i, INT8].mean for i in range(200)]
    assert values == pytest.approx([0.01] * 200, rel=0.5)
    assert sum(values) == pytest.approx(whole.total, rel=0.2)


@pytest.mark.parametrize("most", [12, 20])
def test_few_measurements_of_sets_find_the_most_sensitive_group(most):
    by_group = np.full(32, 0.001)
    by_group[13] = 0.2
    toy = Additive(by_group)
    sensitivities = measure_in_sets(toy, groups(32), toy.whole(), most=most)
    assert len(toy.measured) <= most
    assert set(sensitivities) == {(i, INT8) for i in range(32)}
    assert max(sensitivities, key=lambda key: sensitivities[key].mean) == (13, INT8)


def test_few_groups_are_measured_one_by_one():
    toy = Additive(np.full(30, 0.01))
    sensitivities = measure_sensitivities(toy, groups(30), toy.whole())
    assert toy.measured == [Candidate.only(30, i, INT8) for i in range(30)]
    assert len(sensitivities) == 30


@pytest.mark.parametrize(
    ("count", "precisions", "expected"),
    [(6, (INT8, FP32), 6), (6, (INT8, BF16, FP32), 12), (100, (INT8, FP32), 20 + 27)],
)
def test_count_measurements(count, precisions, expected):
    assert count_measurements(groups(count, precisions)) == expected


def test_a_precision_without_damage_takes_one_measurement():
    toy = Additive(np.full(80, 0.01))
    sensitivities = measure_sensitivities(toy, groups(80, (INT8, BF16, FP32)), toy.whole())
    reduced = [candidate for candidate in toy.measured if BF16 in candidate]
    assert reduced == [Candidate((BF16,) * 80)]
    assert sensitivities[79, BF16].mean == 0


def test_nothing_is_compiled_ahead_that_may_not_be_measured():
    by_group = np.full(64, 1e-9)
    by_group[5] = 1.0
    toy = Additive(by_group)
    measure_sensitivities(toy, groups(64), toy.whole())
    assert toy.announced == []


def test_time_that_is_up_leaves_what_was_measured():
    toy = Additive(np.full(200, 0.01))
    whole = toy.whole()
    sensitivities = measure_sensitivities(
        toy, groups(200), whole, expired=lambda: len(toy.measured) >= 1
    )
    assert len(toy.measured) == 1
    assert sensitivities[0, INT8].mean == pytest.approx(whole.total / 200)
    assert measure_sensitivities(toy, groups(200), whole, expired=lambda: True) == {}
