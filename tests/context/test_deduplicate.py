import numpy as np
import pytest

from calibrate.context.deduplicate import distinct_drop
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.psnr import Psnr
from calibrate.stats.intervals import paired_drop

RULE = {"confidence": 0.9, "seed": 3}
COUNT = 40
random = np.random.default_rng(0)


def flips(rate):
    return [np.array([float(right)]) for right in random.random(COUNT) > rate]


def decibels(shift):
    return [np.array([value]) for value in random.normal(30 - shift, 2, COUNT)]


SETS = [(Accuracy(), flips(0.1), flips(0.2)), (Psnr(), decibels(0.0), decibels(0.3))]


@pytest.mark.parametrize(("metric", "fp32", "int8"), SETS)
def test_without_copies_it_is_the_paired_drop(metric, fp32, int8):
    digests = [str(number) for number in range(COUNT)]
    result = distinct_drop(metric, fp32, int8, digests, **RULE)
    assert result == paired_drop(metric, fp32, int8, **RULE)


@pytest.mark.parametrize(("metric", "fp32", "int8"), SETS)
@pytest.mark.parametrize("times", [2, 5])
def test_copies_of_everything_tell_nothing_more(metric, fp32, int8, times):
    digests = [str(number) for number in range(COUNT)] * times
    result = distinct_drop(metric, fp32 * times, int8 * times, digests, **RULE)
    get_or_compute = paired_drop(metric, fp32, int8, **RULE)
    assert result.images == COUNT
    assert (result.estimate, result.low, result.high) == pytest.approx(
        (get_or_compute.estimate, get_or_compute.low, get_or_compute.high)
    )
    # Taken for images of their own they would have narrowed it.
    naive = paired_drop(metric, fp32 * times, int8 * times, **RULE)
    assert naive.high - naive.low < 0.9 * (result.high - result.low)


def test_copies_of_some_count_in_the_estimate_alone():
    fp32, int8 = flips(0.1), flips(0.3)
    digests = [str(number) for number in range(COUNT)]
    lost = next(n for n in range(COUNT) if fp32[n][0] > int8[n][0])
    result = distinct_drop(
        Accuracy(), [*fp32, fp32[lost]], [*int8, int8[lost]], [*digests, str(lost)], **RULE
    )
    get_or_compute = paired_drop(Accuracy(), fp32, int8, **RULE)
    assert result.estimate == pytest.approx((get_or_compute.estimate * COUNT + 1) / (COUNT + 1))
    assert result.high - result.low == pytest.approx(get_or_compute.high - get_or_compute.low)
    assert result.images == COUNT
