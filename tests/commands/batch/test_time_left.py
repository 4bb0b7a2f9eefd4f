import pytest

from calibrate.commands.batch.time_left import time_left


@pytest.mark.parametrize(
    ("ended", "running", "waiting", "jobs", "expected"),
    [
        ([], [(1.0, None)], 5, 1, None),
        ([10.0], [], 0, 1, 0.0),
        ([10.0, 20.0], [(5.0, None)], 2, 1, 40.0),
        ([10.0, 20.0], [(5.0, None), (30.0, None)], 2, 2, 20.0),
        ([10.0], [(0.0, None)], 1, 8, 10.0),
        ([10.0], [(20.0, 60.0)], 0, 1, 40.0),
    ],
)
def test_time_left(ended, running, waiting, jobs, expected):
    assert time_left(ended, running, waiting, jobs) == expected
