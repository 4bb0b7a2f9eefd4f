import math

import pytest

from calibrate.report.charts.interval_chart import interval_chart, range_strips, stages


def test_gauge(make):
    drawn = interval_chart(make(), "accuracy@1")
    assert drawn.low < drawn.estimate < drawn.high <= drawn.budget
    assert drawn.unit == "points"


def test_gauge_without_an_end(make, metric_of):
    facts = metric_of()
    facts["result"]["acceptance"]["interval"] = [-math.inf, math.inf]
    drawn = interval_chart(make(metrics={"m": facts}), "m")
    assert drawn.low < drawn.estimate < drawn.budget < drawn.high <= 532


def test_stages_first_the_floor(make):
    result = stages(make())
    assert [(stage.name, stage.unavoidable) for stage in result] == [
        ("fp32", True),
        ("calibration", True),
        ("sensitivity", False),
    ]
    assert [stage.x for stage in result] == [0, 112, 280]
    assert result[-1].x + result[-1].width == 560
    assert result[0].text == "fp32: 8.0 s"


def test_no_stages(make):
    assert stages(make(cost__stages={})) == ()


def test_ranges(make):
    (strip,) = range_strips(make().ranges)
    assert strip.line == (2, 158)
    assert strip.line[0] < strip.band[0] < strip.band[1] < strip.line[1]
    assert strip.zero == strip.band[0]


@pytest.mark.parametrize("change", [{"low": math.nan}, {"high": math.inf}])
def test_a_range_without_ends_is_not_drawn(make, change):
    (facts,) = make().ranges
    assert range_strips([facts.model_copy(update=change)]) == ()
