import numpy as np
import pytest

from calibrate.report_builder.histograms import BINS, histogram


def test_values_beyond_count_in_the_outer_bins():
    values = np.array([-5.0, 0.1, 0.1, 0.99, 9.0, np.nan, np.inf])
    counted = histogram(values, 0.0, 1.0)
    assert counted is not None
    assert len(counted.shares) == BINS
    assert counted.shares[0] == 0.2
    assert counted.shares[4] == 0.4
    assert counted.shares[-1] == 0.4


@pytest.mark.parametrize(
    ("values", "low", "high"), [([], 0.0, 1.0), ([np.nan], 0.0, 1.0), ([1.0], 1.0, 1.0)]
)
def test_nothing_to_count(values, low, high):
    assert histogram(np.array(values), low, high) is None
