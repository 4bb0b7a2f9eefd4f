import pytest

from calibrate.cli.exit_codes import worst


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 4], 4),
        ([4, 1, 0], 1),
        ([1, 3, 2], 3),
        ([1, 2], 2),
        ([3, 130], 130),
        ([0, -9], 1),
        ([0, -15, 4], 1),
        ([0, -11], 3),
        ([4, 77], 3),
    ],
)
def test_worst(codes, expected):
    assert worst(codes) == expected
