import pytest

from calibrate.report.baseline import Tolerances, compare, incomparable


def value(metric_of, number, **changes):
    facts = metric_of(0.0, **changes)
    facts["result"]["acceptance"]["value"] = number
    return facts


def speed(report, factor):
    slower = report.performance["result"].model_copy(
        update={"speedup": report.performance["result"].speedup / factor}
    )
    return report.model_copy(update={"performance": {**report.performance, "result": slower}})


def size(report, count):
    grown = report.performance["result"].model_copy(update={"file_bytes": count})
    return report.model_copy(update={"performance": {**report.performance, "result": grown}})


def test_equal_is_no_regression(make):
    assert compare(make(), make(), Tolerances()) == ()
    assert incomparable(make(), make()) == ()


@pytest.mark.parametrize(
    ("values", "tolerance", "better", "message"),
    [
        ((0.86, 0.855), 0.005, True, None),
        (
            (0.86, 0.8549),
            0.005,
            True,
            "85.5 %, was 86.0 %: drop 0.51 points; tolerance 0.50 points",
        ),
        ((0.86, 0.87), 0.0, True, None),
        ((0.10, 0.11), 0.0, False, "11.0 %, was 10.0 %: drop 1.00 points; tolerance 0.00 points"),
        ((0.10, 0.09), 0.0, False, None),
        ((0.86, float("nan")), 0.005, True, "has no value, was 86.0 %"),
    ],
)
def test_accuracy(make, metric_of, values, tolerance, better, message):
    before, now = values
    old = make(metrics={"m": value(metric_of, before, higher_is_better=better)})
    new = make(metrics={"m": value(metric_of, now, higher_is_better=better)})
    compared = compare(new, old, Tolerances(accuracy=tolerance))
    assert [(entry.kind, entry.name, entry.message) for entry in compared] == (
        [("accuracy", "m", message)] if message else []
    )


def test_a_metric_that_is_gone(make, metric_of):
    old = make(metrics={"m": value(metric_of, 0.86), "n": value(metric_of, 0.5)})
    new = make(metrics={"n": value(metric_of, 0.5)})
    (result,) = compare(new, old, Tolerances())
    assert result.message == "not measured, was 86.0 %"


@pytest.mark.parametrize(("factor", "regressions"), [(1.0, 0), (1.09, 0), (1.12, 1), (0.5, 0)])
def test_latency(make, factor, regressions):
    compared = compare(speed(make(), factor), make(), Tolerances())
    assert [entry.kind for entry in compared] == ["latency"] * regressions


def test_latency_is_reported_as_a_ratio(make):
    (result,) = compare(speed(make(), 1.5), make(), Tolerances())
    assert result.message == "1.00 times as fast as FP32, was 1.50 times; latency may grow by 10 %"


@pytest.mark.parametrize(("count", "regressions"), [(4_000_000, 0), (4_040_000, 0), (4_050_000, 1)])
def test_size(make, count, regressions):
    compared = compare(size(make(), count), make(), Tolerances())
    assert [entry.kind for entry in compared] == ["size"] * regressions


def test_incomparable(make):
    other = make(dataset__digest="00", environment__instruction_set="avx512_core")
    assert incomparable(make(), other) == (
        "the baseline was judged on other samples",
        "the baseline ran on avx512_core, this run on avx2",
    )


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ()),
        ({"dataset__acceptance": 50}, ("the baseline was judged on other samples",)),
        ({"dataset__folds": 2}, ("the baseline was judged on other samples",)),
        (
            {"deployment": {"inference_precision": "bf16", "properties": {}}},
            ("the baseline was measured at inference precision bf16, this run at f32",),
        ),
    ],
)
def test_what_makes_a_baseline_incomparable(make, changes, reasons):
    assert incomparable(make(), make(**changes)) == reasons
