import numpy as np
import pytest
from scipy.stats import rankdata

from calibrate.metrics._lib.correlation import pearson, ranks

NUMBERS = np.array([3.0, 1.0, 3.0, 2.0])


@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [2, 0, 1, 3], [0, 4, 1, 0]])
def test_ranks_within_a_set(counts):
    drawn = np.array(counts)
    expected = rankdata(np.repeat(NUMBERS, drawn))
    result = ranks(NUMBERS, drawn[None])[0]
    assert np.repeat(result, drawn).tolist() == expected.tolist()


def test_a_straight_line_is_correlated_to_the_end():
    assert pearson(NUMBERS, -2 * NUMBERS + 7, np.ones((1, 4), np.int64)) == pytest.approx([-1.0])
