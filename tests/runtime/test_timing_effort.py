import pytest

from calibrate.core.costs import Spent
from calibrate.runtime.timing_effort import Effort, comparison_cost, inferences_at_once


@pytest.mark.parametrize(
    ("latency", "requests", "expected"),
    [(0.01, 4, 25), (0.0001, 4, 512), (0.1, 4, 8)],
)
def test_inferences_at_once(latency, requests, expected):
    """As many as fill the turn of 0.25 s, two a request at least, 512 at most."""
    assert inferences_at_once(0.25, latency, requests) == expected


def test_comparison_cost():
    """Four seconds in 8 turns of two models: 0.125 s each for latency and for throughput."""
    cost = comparison_cost([0.01, 0.1], Effort(4.0), 2)
    assert cost == Spent(4.0, 4, 8 * ((12 + 12) + (3 + 4)))
