from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from calibrate.core.evaluator import FIRST_IMAGES, Sensitivity
from calibrate.core.precision import FP32, INT8, Candidate, Group
from calibrate.search.sensitivity import (
    Whole,
    clearly_less,
    is_known,
    measure_damages,
    most_divergent,
    predicted,
    relative,
    summarize,
)

GROUPS = [Group(name, (name,), (f"q{name}",)) for name in "abc"]


class Toy:
    """A laboratory in which a group's divergences are known; it notes what was asked."""

    def __init__(self, by_group: Sequence[NDArray[np.float64]]) -> None:
        self.by_group = by_group
        self.looked: dict[Candidate, int] = {}
        self.announced: list[Sequence[Candidate]] = []

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        upcoming: Sequence[Candidate] = (),
    ) -> NDArray[np.float64]:
        self.announced.append(upcoming)
        (group,) = (i for i, precision in enumerate(candidate) if precision != FP32)
        values, observed = self.by_group[group], FIRST_IMAGES
        while observed < len(indices) and not enough(values[:observed]):
            observed *= 2
        self.looked[candidate] = min(observed, len(indices))
        return values[: self.looked[candidate]]

    def observe(self, candidate: Candidate, indices: Sequence[int]) -> object:
        raise AssertionError("labels are not needed for sensitivities")


def noisy(mean: float, count: int = 48) -> NDArray[np.float64]:
    return mean * np.tile([0.8, 1.2], count // 2)


def even(count: int, total: float) -> Whole:
    """Every image is damaged alike."""
    return Whole(tuple(range(count)), np.full(count, total), total)


def test_what_comes_next_is_reported():
    toy = Toy([noisy(0.1)] * 3)
    measure_damages(toy, GROUPS, even(48, 1.0))
    first, second = Candidate.only(3, 1, INT8), Candidate.only(3, 2, INT8)
    assert toy.announced == [(first, second), (second,), ()]


def test_images_go_where_they_decide():
    # Harmless; harmful for sure; harmful on some images only.
    toy = Toy([noisy(0.001), noisy(0.5), 0.499 * np.tile([0.0, 0.0, 0.0, 4.0], 12)])
    advanced: list[int] = []
    damages = measure_damages(toy, GROUPS, even(48, 1.0), advance=lambda: advanced.append(1))
    assert [damages[index, INT8].images for index in range(3)] == [8, 8, 48]
    assert [damages[index, INT8].mean for index in range(3)] == pytest.approx([0.001, 0.5, 0.499])
    assert list(toy.looked) == [Candidate.only(3, index, INT8) for index in range(3)]
    assert len(advanced) == 3


def test_out_of_time_leaves_the_rest_unmeasured():
    left = iter([False, False, True])
    damages = measure_damages(
        Toy([noisy(1.0)] * 3), GROUPS, even(12, 3.0), expired=lambda: next(left)
    )
    assert list(damages) == [(0, INT8), (1, INT8)]


@pytest.mark.parametrize(
    ("values", "share", "known"),
    [
        ([0.01] * 8, 1.0, True),
        ([0.01] * 7, 1.0, False),  # too few to know the error
        ([0.2, 0.9] * 4, 1.0, True),  # an error of a quarter of the mean is known well enough
        ([0.0, 1.0] * 4, 1.0, False),
        ([0.0] * 11 + [1.0], 1.0, False),  # 0.08 on average, and not surely below 0.1
        ([0.0] * 8, 1.0, True),
        ([0.0] * 8, 0.0, False),
    ],
)
def test_known(values, share, known):
    assert is_known(summarize(np.array(values)), share) is known


def test_the_most_damaged_images_come_first():
    whole = most_divergent([5, 6, 7, 8], np.array([0.1, 0.4, 0.0, 0.3]), 2)
    assert whole.indices == (6, 8)
    assert whole.divergences.tolist() == [0.4, 0.3]
    assert whole.total == pytest.approx(0.2)


def test_a_part_of_the_whole_is_reported_by_few_images():
    # The group has a quarter of the damage of each image, and the images differ a hundredfold.
    damages = np.array([1.0, 0.1, 0.01] * 8)
    whole = most_divergent(range(24), damages, 12)
    result = relative(0.25 * whole.divergences, whole)
    assert result.mean == pytest.approx(0.25 * damages.mean())
    assert result.error == pytest.approx(0.0, abs=1e-12)
    assert result.images == 12


def test_a_whole_without_damage_leaves_plain_means():
    whole = Whole((0, 1), np.zeros(2), 0.0)
    assert relative(np.array([1.0, 3.0]), whole) == Sensitivity(2.0, 1.0, 2)


def test_summaries():
    assert summarize(np.array([1.0, 3.0])) == Sensitivity(2.0, 1.0, 2)
    assert summarize(np.array([1.0])) == Sensitivity(1.0, float("inf"), 1)


@pytest.mark.parametrize(
    ("values", "than", "less"),
    [
        ([1.0, 1.1, 0.9, 1.0], [2.0, 2.2, 1.9, 2.0], True),
        ([2.0, 2.2, 1.9, 2.0], [1.0, 1.1, 0.9, 1.0], False),
        ([1.0, 3.0], [2.0, 2.1], False),  # one image better, one as much worse
        ([1.0, 1.0], [1.0, 1.0], False),
    ],
)
def test_clearly_less_is_paired(values, than, less):
    assert clearly_less(np.array(values), np.array(than)) is less


def test_damages_add_up():
    damages = {(0, INT8): Sensitivity(0.25, 0, 1), (1, INT8): Sensitivity(0.5, 0, 1)}
    assert predicted(damages, Candidate((INT8, INT8, FP32))) == 0.75
    assert predicted(damages, Candidate((FP32,) * 3)) == 0
