import pytest

from calibrate.report.commands.analyze import AnalyzeReport, GroupCost, PlainFacts
from calibrate.report.commands.analyze_html import analyze_html

GROUPS = (
    GroupCost(
        "conv1/WithoutBiases",
        ("conv1",),
        ("Convolution",),
        0.03,
        0.01,
        8,
        {"fp32": 90.0, "int8": 30.0},
    ),
    GroupCost("<fc>", ("fc",), ("MatMul",), 0.01, 0.002, 8, {}, saturation=0.25),
)
PLAIN = (PlainFacts("accuracy@1", "share", 0.9, 0.88, 0.015, 0.004),)


def page(groups: tuple[GroupCost, ...]) -> str:
    return analyze_html(AnalyzeReport("c.yaml", "net", "a CPU", 8, 0.05, PLAIN, groups))


@pytest.mark.parametrize(
    "part",
    [
        "<caption>All 2 groups in INT8, on the search samples</caption>",
        "measured on at most 8 samples; with all groups it moves by 0.05",
        '<td class="number" data-value="0.75">75.0 %</td>',
        '<td class="number" data-value="60.0">60</td>',
        "INT8 alone moves the output by 0.0300, 75.0 % of all; INT8 saves 60 µs; Convolution",
        "&lt;fc&gt;",
        "25 %",
    ],
)
def test_the_page_shows(part):
    assert part in page(GROUPS)


def test_a_model_without_groups():
    text = page(())
    assert "NNCF quantizes no layer of this model." in text
    assert 'id="groups-chart"' not in text


def test_the_page_loads_nothing():
    text = page(GROUPS)
    assert "default-src 'none'" in text
    assert "http://" not in text
    assert "https://" not in text
