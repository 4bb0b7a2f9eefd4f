import pytest

from calibrate.runtime.machine_load import Conditions, LoadMeter


@pytest.mark.parametrize(
    ("others", "drift", "disturbed"),
    [(0.0, 0.0, False), (0.09, 0.09, False), (0.2, 0.0, True), (0.0, 0.2, True), (0.0, -0.2, True)],
)
def test_what_is_disturbed(others, drift, disturbed):
    assert Conditions(others, drift, "2026-01-01").disturbed is disturbed


@pytest.mark.parametrize(
    ("times", "drift"),
    [
        ([2.0], 0.0),
        ([1.0, 1.0, 1.0], 0.0),
        ([1.0, 1.0, 5.0, 1.0, 1.5, 1.5], 0.5),
        ([2.0, 2.0, 2.0, 1.0, 1.0, 1.0], -0.5),
    ],
)
def test_drift_is_from_the_first_third_to_the_last(times, drift):
    conditions = LoadMeter().read(times)
    assert conditions.drift == pytest.approx(drift)
    assert 0 <= conditions.others <= 1
    assert conditions.date.endswith("+00:00")
