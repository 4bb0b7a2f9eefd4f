import pytest

from calibrate.core.evaluator import Sensitivity
from calibrate.core.precision import FP32, INT8, Candidate, Group
from calibrate.search.timeout_fallback import halves


def groups(count: int) -> tuple[Group, ...]:
    return tuple(Group(str(n), (str(n),), (f"q{n}",)) for n in range(count))


def kept(candidate: Candidate) -> list[int]:
    return list(candidate.fallen_back)


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ({}, [[0, 3], [0, 1, 3]]),  # nothing is known: both ends first
        ({0: 1.0, 1: 5.0, 2: 4.0, 3: 2.0}, [[1, 2], [1, 2, 3]]),
        ({1: 9.0, 0: 1.0}, [[1, 3], [1, 2, 3]]),  # the others are as the mean of these, 5
    ],
)
def test_the_most_sensitive_stay_in_fp32(means, expected):
    known = {(index, INT8): Sensitivity(mean, 0.1, 8) for index, mean in means.items()}
    assert [kept(candidate) for candidate in halves(groups(4), known)] == expected


def test_what_is_fp32_altogether_is_no_half():
    assert halves(groups(1), {}) == ()
    assert [kept(candidate) for candidate in halves(groups(2), {})] == [[0]]
    assert halves((), {}) == ()
    assert FP32 in halves(groups(2), {})[0]
