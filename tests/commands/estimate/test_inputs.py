import pytest

from calibrate.commands.estimate.inputs import Line


@pytest.mark.parametrize(
    ("few", "more", "expected"),
    [
        ((4, 2.0), (24, 4.0), Line(1.6, 0.1)),
        ((4, 2.0), (24, 1.0), Line(1.0, 0.0)),  # noise: time runs forwards
        ((4, 1.0), (24, 12.0), Line(0.0, 0.55)),
    ],
)
def test_line(few, more, expected):
    result = Line.through(few, more)
    assert (result.fixed, result.each) == pytest.approx((expected.fixed, expected.each))
