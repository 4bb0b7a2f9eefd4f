import math

import pytest

from calibrate.report import numbers


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (0.86, "fraction", "86.0 %"),
        (25.357, "dB", "25.36 dB"),
        (0.43123, "", "0.4312"),
    ],
)
def test_value(number, unit, expected):
    assert numbers.value(number, unit) == expected


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (0.004, "fraction", "0.40 points"),
        (-0.004, "fraction", "-0.40 points"),
        (0.00004, "fraction", "less than 0.01 points"),
        (-0.00004, "fraction", "more than -0.01 points"),
        (0.0004, "dB", "less than 0.001 dB"),
        (1e-05, "", "0.0000100"),
        (1e-10, "fraction", "0.00 points"),
        (0.0, "dB", "0.000 dB"),
        (math.nan, "", "unknown"),
    ],
)
def test_visible_drop(number, unit, expected):
    assert numbers.visible_drop(number, unit) == expected


@pytest.mark.parametrize(
    ("before", "after", "unit", "expected"),
    [
        (0.86, 0.858, "fraction", "86.0 -> 85.8 %"),
        (25.36, 25.31, "dB", "25.36 -> 25.31 dB"),
        (0.431, 0.44, "", "0.431 -> 0.44"),
    ],
)
def test_transition(before, after, unit, expected):
    assert numbers.transition(before, after, unit) == expected


@pytest.mark.parametrize(
    ("bounds", "unit", "expected"),
    [
        ((-0.003, 0.011), "fraction", "-0.3 to 1.1"),
        ((-0.0002, 0.0003), "fraction", "-0.02 to 0.03"),
        ((-2e-6, 0.00003), "", "-0.000002 to 0.000030"),
        ((-0.01, 0.02), "dB", "-0.010 to 0.020"),
        ((-math.inf, math.inf), "", ""),
        ((-0.5, math.inf), "", "at least -0.500"),
        ((-math.inf, 0.5), "", "at most 0.500"),
        (None, "", ""),
    ],
)
def test_interval(bounds, unit, expected):
    assert numbers.interval(bounds, unit) == expected


@pytest.mark.parametrize(
    ("bounds", "budget", "expected"),
    [
        ((0.008, 0.0103), 0.01, "0.80 to 1.03"),
        ((0.008, 0.00996), 0.01, "0.800 to 0.996"),
        ((0.008, 0.01), 0.01, "0.8 to 1.0"),
        ((0.008, 0.0114), 0.01, "0.8 to 1.1"),
        ((-math.inf, 0.0103), 0.01, "at most 1.03"),
        ((0.008, 0.010000002), 0.01, "0.8000 to 1.0000"),
    ],
)
def test_an_end_near_the_budget_is_seen_to_be_above_or_below(bounds, budget, expected):
    assert numbers.interval(bounds, "fraction", budget=budget) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(950, "0.9 kB"), (42_900, "42.9 kB"), (10_400_000, "10.4 MB"), (25_300_000_000, "25.3 GB")],
)
def test_size(count, expected):
    assert numbers.size(count) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0.0653, "0.0653"),
        (4.1288, "4.13"),
        (36.01, "36.0"),
        (412.4, "412"),
        (12345.6, "12346"),
        (0.0, "0"),
        (-0.5, "-0.500"),
        (math.inf, "inf"),
    ],
)
def test_significant(number, expected):
    assert numbers.significant(number) == expected


@pytest.mark.parametrize(("number", "expected"), [(8.31, "8.3 s"), (125, "2 min 05 s")])
def test_seconds(number, expected):
    assert numbers.seconds(number) == expected


def test_count():
    assert numbers.count(1, "image") == "1 image"
    assert numbers.count(1250, "image") == "1,250 images"
    assert numbers.count(2, "bias", "biases") == "2 biases"


def test_share():
    assert numbers.share(2.7, 10) == "27 %"
    assert numbers.share(1, 0) == ""


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (0.27, "27 %"),
        (0.9994, "more than 99 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.0006, "less than 1 %"),
    ],
)
def test_only_the_whole_is_all_of_it(part, expected):
    assert numbers.nearly(part) == expected


@pytest.mark.parametrize(
    ("budget", "unit", "expected"),
    [
        (0.01, "fraction", "1.00 points"),
        (0.00001, "fraction", "less than 0.01 points"),
        (0.0, "fraction", "0.00 points"),
        (0.000002, "", "0.00000200"),
    ],
)
def test_a_budget_is_never_rounded_to_nothing(make, metric_of, budget, unit, expected):
    (facts,) = make(metrics={"m": metric_of(budget=budget, unit=unit)}).metrics.values()
    assert numbers.budget(facts) == expected
