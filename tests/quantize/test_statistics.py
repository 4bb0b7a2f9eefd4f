import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.quantize.statistics import AheadAggregator


def test_nothing_is_asked_for(case):
    AheadAggregator(case.feeds).collect_statistics(case.model, None)


def test_an_inference_that_fails_ends_it(case):
    bad = [*case.feeds[:3], {0: np.zeros((1, 3, 5, 5), np.float32)}]
    with pytest.raises(CalibrateError, match=r"NNCF cannot quantize this model: [^\n]*$"):
        type(case)(case.model, bad).quantized()
