import math

import pytest

from calibrate.report import numbers
from calibrate.report.verdict_section import Score


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
        (0.004, "fraction", "lost 0.40 points"),
        (-0.004, "fraction", "gained 0.40 points"),
        (0.0, "fraction", "lost nothing"),
        (-1e-9, "fraction", "lost nothing"),
        (0.05, "dB", "lost 0.050 dB"),
        (-0.02, "", "gained 0.0200"),
        (math.nan, "", "lost an unknown amount"),
    ],
)
def test_lost(number, unit, expected):
    assert numbers.lost(number, unit) == expected


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (0.004, "fraction", "lost 0.40 points"),
        (0.00004, "fraction", "lost less than 0.01 points"),
        (-0.00004, "fraction", "gained less than 0.01 points"),
        (0.0004, "dB", "lost less than 0.001 dB"),
        (0.00001, "", "lost less than 0.0001"),
        (1e-10, "fraction", "lost nothing"),
        (0.0, "dB", "lost nothing"),
        (math.nan, "", "lost an unknown amount"),
    ],
)
def test_lost_at_all(number, unit, expected):
    assert numbers.lost_at_all(number, unit) == expected


@pytest.mark.parametrize(
    ("bounds", "unit", "expected"),
    [
        ((-0.003, 0.011), "fraction", "0.3 gained to 1.1 lost"),
        ((0.003, 0.011), "fraction", "0.3 to 1.1 lost"),
        ((-0.011, -0.003), "fraction", "0.3 to 1.1 gained"),
        ((-0.01, 0.02), "dB", "0.010 gained to 0.020 lost"),
        ((-math.inf, math.inf), "", "inf gained to inf lost"),
    ],
)
def test_between(bounds, unit, expected):
    assert numbers.between(bounds, unit) == expected


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


def test_interval():
    assert numbers.interval(Score(value=1, interval=(-0.003, 0.011)), "fraction") == "-0.3 to 1.1"
    assert numbers.interval(Score(value=1), "fraction") == ""


def test_budget(make, metric_of):
    relative = metric_of()
    relative["budget"] = {"max_drop": 0.01, "drop_type": "relative", "absolute": 0.0085}
    facts = make(metrics={"m": relative}).metrics["m"]
    assert numbers.budget(facts) == "0.85 points (1 % of FP32)"
