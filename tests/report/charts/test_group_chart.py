from calibrate.report.charts.group_chart import describe, group_chart, precision_looks
from calibrate.report.cost_column import CostColumn


def test_a_column_a_group_in_network_order(make):
    drawn = group_chart(make())
    assert len(drawn.columns) == 3
    assert [column.x for column in drawn.columns] == sorted(column.x for column in drawn.columns)
    looks = [[bar.look for bar in column.bars] for column in drawn.columns]
    assert looks[0] == ["p-int8", "p-int8", "p-fp32 unused", "p-int8"]
    assert looks[1] == ["p-fp32", "p-int8 unused", "p-fp32", "p-fp32"]
    heights = [column.bars[0].height for column in drawn.columns]
    assert heights[0] < heights[1] < heights[2]


def test_nothing_measured_leaves_the_strip(make, group_of):
    plain = group_of(1, "accurate-bias", sensitivity={}, sensitivity_error={}, microseconds={})
    drawn = group_chart(make(groups=[plain]))
    assert (drawn.sensitivity, drawn.time) == (None, None)
    assert [bar.look for bar in drawn.columns[0].bars] == ["p-other0"]


def test_many_groups_stay_readable(make, group_of):
    drawn = group_chart(make(groups=[group_of(n, "int8") for n in range(1, 301)]))
    assert drawn.step == 16
    assert drawn.width > 300 * 16


def test_looks(make, group_of):
    report = make(groups=[group_of(1, "b"), group_of(2, "a"), group_of(3, "fp32")])
    assert precision_looks(report) == {
        "fp32": "p-fp32",
        "int8": "p-int8",
        "b": "p-other0",
        "a": "p-other1",
    }


def test_saturation_is_reported(make, group_of):
    report = make(groups=[group_of(1, "int8", saturation=0.0125)])
    assert "; 1.25 % of its pair sums saturate without VNNI; " in describe(
        report, 0, CostColumn(timed=True)
    )


def test_words(make):
    assert describe(make(), 1, CostColumn(timed=True)) == (
        "2. /conv2: FP32 because of accuracy; INT8 alone moves the output by 0.002; "
        "200 µs in FP32; 120 µs in INT8; the error of its INT8 layers is 0.002 of their output; "
        "2 operations (Convolution, Relu)"
    )
