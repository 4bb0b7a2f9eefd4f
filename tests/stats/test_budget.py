import pytest

from calibrate.stats.budget import budget_at


@pytest.mark.parametrize(
    ("fp32_value", "max_drop", "drop_type", "expected"),
    [
        (0.8, 0.01, "absolute", 0.01),
        (0.8, 0.01, "relative", 0.008),
        (-25.0, 0.02, "relative", 0.5),
        (0.0, 0.01, "relative", 0.0),
        (0.0, 0.01, "absolute", 0.01),
    ],
)
def test_the_budget_in_the_unit_of_the_metric(fp32_value, max_drop, drop_type, expected):
    assert budget_at(fp32_value, max_drop, drop_type) == pytest.approx(expected)
