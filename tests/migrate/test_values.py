import pytest

from calibrate.migrate.values import is_plain_name, number, numbers, per_channel, size_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (127.5, [127.5]),
        ("(0.485, 0.456, 0.406)", [0.485, 0.456, 0.406]),
        ("10,13,  16,30", [10, 13, 16, 30]),
        ([1, "2.5"], [1, 2.5]),
        ("1e-3", [0.001]),
        ("imagenet", None),
        ("", None),
        (None, None),
        (True, None),
        ([[1, 2]], None),
    ],
)
def test_numbers(value, expected):
    assert numbers(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0,0,0", 0), ("127.5,127.5,127.5", 127.5), ([1, 2, 3], [1, 2, 3]), ("background", None)],
)
def test_per_channel(value, expected):
    assert per_channel(value) == expected


def test_number_is_a_single_one():
    assert (number("0.5"), number([1, 2]), number(None)) == (0.5, None, None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"size": 224}, {"size": 224}),
        ({"dst_height": 600, "dst_width": 1024}, {"dst_height": 600, "dst_width": 1024}),
        ({"dst_height": 300, "dst_width": 300}, {"size": 300}),
        ({"size": 300, "dst_width": 500}, {"dst_height": 300, "dst_width": 500}),
        ({"dst_width": 300}, {}),
        ({}, {}),
    ],
)
def test_size_of(values, expected):
    assert size_of(values) == expected


def test_a_pattern_is_no_plain_name():
    assert is_plain_name("conv2d_58/Conv2D/YoloRegion")
    assert not is_plain_name(".*scores*")
