import pytest

from calibrate.report.charts.pareto_chart import expected


def test_latency_between_the_two_that_were_measured(make):
    # All groups: 600 µs in FP32 at 6 ms, 360 µs in INT8 at 3 ms.
    places = {
        entry.point.microseconds: entry.latency_ms for entry in expected(make(), "accuracy@1")
    }
    assert places == {400.0: pytest.approx(3.5), 520.0: pytest.approx(5.0), 600.0: 6.0}


def test_drop_by_least_squares_through_nothing(make):
    factor = (0.005 * 0.001 + 0.006 * 0.02) / (0.005**2 + 0.006**2)
    drops = [entry.drop for entry in expected(make(), "accuracy@1")]
    assert drops == pytest.approx([0.004 * factor, 0.001 * factor, 0.0])


def test_no_gain_is_expected_of_damage(make, metric_of):
    facts = metric_of()
    facts["int8"]["search"]["drop"] = -0.02
    result = expected(make(metrics={"m": facts}), "m")
    assert [entry.drop for entry in result] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "change",
    [
        {"front": []},
        {"groups": []},
        {"config": {"search": {"objective": "size"}}},
    ],
)
def test_nothing_is_made_up(make, change):
    assert expected(make(**change), "accuracy@1") == ()
