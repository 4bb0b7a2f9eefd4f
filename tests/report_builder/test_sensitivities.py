import pytest

from calibrate.report_builder.sensitivities import affordable, allowed_seconds


@pytest.mark.parametrize(
    ("floor", "expected"), [(0, 5), (10, 5), (20, 5), (40, 10), (120, 30), (4000, 30)]
)
def test_allowed_seconds(floor, expected):
    assert allowed_seconds(floor) == expected


@pytest.mark.parametrize(
    ("groups", "each", "seconds", "expected"),
    [
        (20, 0.1, 5, 20),  # each group alone
        (20, 0.0, 5, 20),
        (20, 0.5, 5, 10),  # sets of groups
        (20, 1.0, 5, 0),  # so few say little
        (4, 1.0, 5, 4),  # all of few groups
        (6, 1.0, 5, 0),
        (209, 0.1, 30, 51),  # the limit of group testing
        (209, 1.0, 30, 30),
    ],
)
def test_affordable(groups, each, seconds, expected):
    assert affordable(groups, each, seconds) == expected
