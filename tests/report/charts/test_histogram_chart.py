from calibrate.report.charts.histogram_chart import spread_bars
from calibrate.report.search_section import Histogram


def test_bars_and_range():
    histogram = Histogram(low=-1.0, high=3.0, shares=(0.25, 0.0, 0.0, 0.75))
    plot = spread_bars(histogram, 0.0, 2.0)
    assert plot.range == (50.0, 150.0)
    assert plot.zero == 50.0
    assert plot.bars == ((0.0, 18.6, 50.0, 25.4), (150.0, 0.0, 50.0, 44.0))


def test_a_rare_value_is_visible():
    plot = spread_bars(Histogram(low=0.0, high=1.0, shares=(0.999999, 0.000001)), 0.0, 1.0)
    assert plot.bars[1][3] == 0.8
    assert plot.zero is None
