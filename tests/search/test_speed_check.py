"""Which model is written, from literal ratios of rounds; profiles are of real small models."""

from dataclasses import replace

import pytest

from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import BF16, FP32, INT8, Candidate, Group
from calibrate.runtime.benchmark import Timing
from calibrate.search.speed_check import gains_by_another, is_clearly_faster, requantized

GROUPS = (
    Group("a", ("a",), ("qa",), (INT8, BF16, FP32)),
    Group("b", ("b",), ("qb",), (INT8, BF16, FP32)),
    Group("c", ("c",), (), (BF16, FP32)),
)
COSTS = GroupCosts(
    (
        {INT8: 5.0, BF16: 4.0, FP32: 9.0},
        {INT8: 1.0, BF16: 4.0, FP32: 9.0},
        {BF16: 1.0, FP32: 2.0},
    ),
    {},
)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (INT8, True),  # BF16 costs less
        (BF16, False),  # nothing costs less, so speed is the reason
        (FP32, True),  # INT8 costs more and BF16 less, so accuracy is the reason
    ],
)
def test_whether_another_precision_would_gain(chosen, expected):
    costs = GroupCosts(({INT8: 10.0, BF16: 4.0, FP32: 9.0}, *COSTS.groups[1:]), {})
    candidate = Candidate((chosen, INT8, BF16))
    assert gains_by_another(GROUPS, costs, 0, candidate) is expected
    assert gains_by_another(GROUPS, GroupCosts((), {}), 0, candidate)


def timing(*ratios: float) -> Timing:
    return Timing(1.0, 1.0, 1.0, 100.0, ratios)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        # a is faster in BF16 than in INT8; b is not, so it is there for accuracy.
        ((BF16, BF16, BF16), (INT8, BF16, BF16)),
        # In FP32 a is slower than in INT8: for accuracy too.
        ((FP32, INT8, FP32), (FP32, INT8, FP32)),
        ((INT8, INT8, BF16), (INT8, INT8, BF16)),
    ],
)
def test_only_what_is_in_floating_point_for_speed_is_quantized_again(chosen, expected):
    assert requantized(GROUPS, COSTS, Candidate(chosen)) == Candidate(expected)
    unpriced = GroupCosts((), {})
    assert requantized(GROUPS, unpriced, Candidate(chosen)) == Candidate(chosen)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((2.0,) * 8, (1.0,) * 8, True),
        ((1.0,) * 8, (2.0,) * 8, False),
        ((1.0,) * 8, (1.0,) * 8, False),
        # Faster in the median, and slower in three rounds of eight: within noise.
        ((1.1, 1.1, 1.1, 1.1, 1.1, 0.9, 0.9, 0.9), (1.0,) * 8, False),
        # One bad round does not decide.
        ((1.1,) * 8 + (0.2,), (1.0,) * 9, True),
    ],
)
def test_faster_is_beyond_the_noise_of_rounds(first, second, expected):
    assert is_clearly_faster(timing(*first), timing(*second)) is expected


def test_a_timing_of_other_rounds_is_no_pair():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        is_clearly_faster(timing(1.0, 1.0), replace(timing(1.0, 1.0), ratios=(1.0,)))
