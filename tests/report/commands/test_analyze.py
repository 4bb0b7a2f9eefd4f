import pytest

from calibrate.report.commands.analyze import _kinds


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("MatMul",), "MatMul"),
        (("Add", "Convolution", "Relu"), "Convolution + 2"),
        (("Add", "Relu"), "Add + 1"),
        ((), ""),
    ],
)
def test_a_group_is_called_by_what_takes_the_time(types, expected):
    assert _kinds(types) == expected
