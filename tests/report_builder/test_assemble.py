import pytest

from calibrate.report.search_section import GroupFacts
from calibrate.report_builder.assemble import gains_nothing


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (("speed", "speed"), True),
        (("speed", "user", "not quantizable"), True),
        (("speed", "accuracy"), False),
        (("speed", "timeout"), False),
        (("accuracy", "accuracy"), False),
        (("not quantizable",), False),
    ],
)
def test_whether_accuracy_decides_anything(reasons, expected):
    groups = [
        GroupFacts(
            name=f"g{number}",
            operations=(f"g{number}",),
            types=("MatMul",),
            sensitivity={},
            sensitivity_error={},
            microseconds={},
            precision="fp32",
            reason=reason,
        )
        for number, reason in enumerate(reasons)
    ]
    assert gains_nothing(groups) is expected
