import pytest

from calibrate.report.charts.plots import accuracy_against_latency, damage_against_time


def marks(chart, look):
    return [mark for mark in chart.marks if mark.look == look]


def test_the_three_models_and_the_front(make):
    chart = accuracy_against_latency(make(), "accuracy@1", "a")
    (fp32,), (int8,), (result,) = (marks(chart, f"m-{k}") for k in ("fp32", "int8", "result"))
    assert int8.x < result.x < fp32.x
    assert fp32.y < result.y < int8.y  # higher is better, and y grows downwards
    assert fp32.along is None
    assert result.along is not None
    assert result.along[0] < result.y < result.along[1]
    assert len(marks(chart, "m-front")) == 3
    assert result.text == (
        "result, the chosen point: 84.6 % at 4.00 ms, drop 0.40 points (95 % interval -0.2 to 1.0)"
    )
    assert [line.look for line in chart.lines] == ["l-budget", "l-front"]


def test_better_is_up_also_for_errors(make, metric_of):
    facts = metric_of(higher_is_better=False, unit="")
    facts["result"]["acceptance"]["value"] = 0.854
    chart = accuracy_against_latency(make(metrics={"mae": facts}), "mae", "a")
    (fp32,), (result,) = marks(chart, "m-fp32"), marks(chart, "m-result")
    assert fp32.y < result.y
    assert chart.legend[-1][2] == "budget: 0.0100 above FP32"


def test_the_front_itself(make):
    chart = damage_against_time(make(), "front")
    assert chart is not None
    assert len(marks(chart, "m-front")) == 3
    (chosen,) = marks(chart, "m-result")
    assert chosen.text == (
        "1 group in FP32, 0.400 ms, divergence 0.004 predicted, 0.005 measured, "
        "accuracy@1 drop 0.10 points on search samples"
    )
    assert chart.x_title == "predicted time in all groups, ms"


def test_sizes_are_no_times(make):
    chart = damage_against_time(make(config={"search": {"objective": "size"}}), "front")
    assert chart is not None
    assert chart.x_title == "predicted size, MB"


def test_no_front_no_chart(make):
    assert damage_against_time(make(front=[]), "front") is None
    chart = accuracy_against_latency(make(front=[]), "accuracy@1", "a")
    assert marks(chart, "m-front") == []


@pytest.mark.parametrize("place", ["x", "y"])
def test_everything_is_on_the_paper(make, place):
    chart = accuracy_against_latency(make(), "accuracy@1", "a")
    low, high = {"x": (74, 544), "y": (14, 282)}[place]
    assert all(low <= getattr(mark, place) <= high for mark in chart.marks)
