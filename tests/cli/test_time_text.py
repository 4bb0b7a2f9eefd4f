import pytest

from calibrate.cli.time_text import clock_text, left_text, rough_text
from calibrate.core.progress import TimeLeft


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0:00"), (0, "0:00"), (59.9, "0:59"), (123, "2:03"), (3723, "1:02:03")],
)
def test_clock(seconds, text):
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "5 s"),
        (2, "5 s"),
        (43, "45 s"),
        (89, "90 s"),
        (100, "2 min"),
        (5000, "83 min"),
        (7200, "2 h"),
        (8100, "2 h 20 min"),
    ],
)
def test_rough(seconds, text):
    assert rough_text(seconds) == text


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (TimeLeft(40, None), "over 40 s left"),
        (TimeLeft(40, 200), "40 s to 3 min left"),
        (TimeLeft(100, 120), "about 2 min left"),
        (TimeLeft(-5, -1), "about 5 s left"),
    ],
)
def test_left(left, text):
    assert left_text(left) == text
