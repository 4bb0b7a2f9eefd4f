import pytest

from calibrate.report.fallback import fallbacks, int8_sensitivity, saving


def test_what_each_cost_and_bought(make, group_of):
    report = make(
        groups=[
            group_of(1, "fp32"),
            group_of(2, "int8"),
            group_of(3, "fp32", microseconds={"fp32": 50.0, "int8": 70.0}, reason="speed"),
            group_of(4, "fp32", sensitivity={}, microseconds={}),
        ]
    )
    first, faster, unknown = fallbacks(report)
    assert (first.avoided, first.given_up) == (0.001, 40.0)
    assert first.avoided_share == pytest.approx(0.001 / 0.006)
    assert first.given_up_share == pytest.approx(40 / 350)
    assert faster.given_up == -20.0
    assert (unknown.measured, unknown.timed, unknown.avoided) == (False, False, 0.0)


def test_the_best_of_several_int8_precisions_counts(make, group_of):
    (group,) = make(
        groups=[
            group_of(
                1,
                "fp32",
                sensitivity={"int8": 0.4, "accurate-bias": 0.1},
                microseconds={"fp32": 9.0, "int8": 5.0, "accurate-bias": 6.0},
            )
        ]
    ).groups
    assert int8_sensitivity(group) == 0.1
    assert saving(group) == 4.0


def test_reduced_floating_point_is_not_taken_for_int8(make, group_of):
    figures = {
        "sensitivity": {"int8": 0.4, "bf16": 0.0001},
        "microseconds": {"fp32": 9.0, "int8": 5.0, "bf16": 4.0},
    }
    both, only_float = make(
        groups=[
            group_of(1, "fp32", **figures),
            group_of(2, "bf16", sensitivity={"bf16": 0.1}, microseconds={"fp32": 9.0, "bf16": 4.0}),
        ]
    ).groups
    assert (int8_sensitivity(both), saving(both)) == (0.4, 4.0)
    assert (int8_sensitivity(only_float), saving(only_float)) == (None, None)
