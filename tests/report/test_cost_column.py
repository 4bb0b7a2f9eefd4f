import pytest

from calibrate.report.charts.group_chart import describe
from calibrate.report.cost_column import CostColumn, cost_column
from calibrate.report.formats import html, markdown
from calibrate.report.formats.terminal import plain
from calibrate.report.phrases import layers

SIZE = {"search": {"objective": "size"}}


@pytest.mark.parametrize(
    ("config", "timed"),
    [
        ({}, True),
        ({"search": None}, True),
        ({"search": {"objective": "latency"}}, True),
        (SIZE, False),
    ],
)
def test_what_counts(make, config, timed):
    assert cost_column(make(config=config)).timed is timed


@pytest.mark.parametrize(
    ("timed", "amount", "text", "total"),
    [
        (True, 80.4, "80 µs", "0.08 ms"),
        (True, -3.0, "-3 µs", "0.00 ms"),
        (True, -0.2, "0 µs", "0.00 ms"),
        (False, 80.0, "80 B", "80 B"),
        (False, 42_900.0, "42.9 kB", "42.9 kB"),
        (False, -42_900.0, "-42.9 kB", "42.9 kB"),
        (False, 1_250_000.0, "1.2 MB", "1.2 MB"),
    ],
)
def test_reported(timed, amount, text, total):
    assert CostColumn(timed).amount_text(amount) == text
    assert CostColumn(timed).total(amount) == total


@pytest.mark.parametrize("form", [plain, markdown.render_markdown, html.render_html])
def test_no_form_speaks_of_time_where_bytes_count(make, group_of, form):
    groups = [group_of(1, "int8"), group_of(2, "fp32", microseconds={"int8": 3e4, "fp32": 12e4})]
    report = make(config=SIZE, groups=groups)
    text = form(report)
    assert "µs" not in text
    assert "bytes given up" in text
    assert "90.0 kB" in text
    timed = form(make(groups=groups))
    assert "µs" in timed
    assert "time given up" in timed


def test_what_does_not_pay(make, group_of):
    group = group_of(1, "fp32", reason="speed", microseconds={"int8": 1500.0, "fp32": 1400.0})
    report = make(config=SIZE, groups=[group])
    assert layers(report) == "0 of 1 group in INT8, 1 in FP32 (1 for size)"
    assert "FP32 because of size; " in describe(report, 0, cost_column(report))
    assert "1.5 kB in INT8" in describe(report, 0, cost_column(report))
