import numpy as np
import pytest

from calibrate.stats.median_interval import median_interval


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], (3.0, 3.0)),
        ([3.0, 1.0, 2.0], (1.0, 3.0)),
        ([float(i) for i in range(6)], (0.0, 5.0)),  # 1 - 2 / 64 is 96.9 %
        ([float(i) for i in range(9)], (1.0, 7.0)),
        ([float(i) for i in range(20)], (5.0, 14.0)),
    ],
)
def test_order_statistics(values, expected):
    assert median_interval(values) == expected


def test_it_holds_the_median_as_often_as_it_says():
    random = np.random.default_rng(0)
    held = [
        low <= 1.0 <= high
        for low, high in (
            median_interval(np.exp(random.normal(0.0, 1.0, 15)).tolist()) for _ in range(2000)
        )
    ]
    assert np.mean(held) >= 0.95
