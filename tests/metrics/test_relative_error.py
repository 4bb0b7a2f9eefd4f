"""`relative_error` sees what the cosine of one number does not."""

import numpy as np
import pytest

from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.cosine_similarity import CosineSimilarity
from calibrate.metrics.relative_error import RelativeError
from tests.metrics.reference import draws, evidence_of

RNG = np.random.default_rng(0)
FP32 = (3 + 0.5 * RNG.normal(size=60)).astype(np.float32)


def value(int8, counts=None):
    metric = RelativeError()
    pairs = [
        (Values(mine[None]), Values(theirs[None]))
        for mine, theirs in zip(np.float32(int8), FP32, strict=True)
    ]
    ones = np.ones((1, len(pairs)), np.int64)
    return metric.aggregate(evidence_of(metric, pairs), ones if counts is None else counts)


def test_values():
    assert value(FP32) == [0.0]
    assert value(np.full(60, FP32.mean())) == pytest.approx([1.0], rel=1e-6)
    assert value(FP32 + FP32.std()) == pytest.approx([1.0], rel=1e-5)


def test_resampled_sets():
    int8, counts = FP32 + 0.1 * RNG.normal(size=60), draws(60)
    for got, drawn in zip(value(int8, counts), counts, strict=True):
        mine, theirs = np.repeat(np.float32(int8), drawn), np.repeat(FP32, drawn).astype(float)
        expected = np.sqrt(np.mean((mine - theirs) ** 2)) / theirs.std()
        assert got == pytest.approx(expected, rel=1e-6)


SCORES = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], np.float32)
LARGE = 1000 * np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]], np.float32)
ZERO, CONSTANT = np.zeros((3, 2), np.float32), np.full((3, 2), 2, np.float32)


@pytest.mark.parametrize(
    ("int8", "fp32", "expected"),
    [
        # Errors of 0.5 in the first column, whose sum of squares about the mean is 2/3 of 4/3.
        ([LARGE, SCORES + np.float32([0.5, 0])], [LARGE, SCORES], np.sqrt(0.75 / (4 / 3))),
        ([LARGE, CONSTANT + 1], [LARGE, CONSTANT], 0.5),
        ([LARGE, ZERO + 0.25], [LARGE, ZERO], 0.25),
        ([LARGE, ZERO[:, :0]], [LARGE, ZERO[:, :0]], 0.0),
    ],
)
def test_the_worst_of_several_outputs_counts(int8, fp32, expected):
    assert raw_value(int8, fp32) == pytest.approx([expected], rel=1e-6)


def test_outputs_whose_rows_vary():
    rows = [np.ones((count, 2), np.float32) for count in (1, 3, 2)]
    pairs = [(RawOutputs({"y": row}), RawOutputs({"y": row})) for row in rows]
    pairs[1] = (RawOutputs({"y": rows[1][:2]}), pairs[1][1])
    metric = RelativeError()
    got = metric.aggregate(evidence_of(metric, pairs), np.ones((1, 3), np.int64))
    # 2 numbers of 1 are lost; those of the second row vary as 0 1 1, of the third as 0 1 0.
    assert got == pytest.approx([np.sqrt(2 / (4 / 3 + 4 / 3))])


def raw_value(int8, fp32):
    metric = RelativeError()
    pairs = [
        (RawOutputs(named(mine)), RawOutputs(named(theirs)))
        for mine, theirs in zip(zip(*int8, strict=True), zip(*fp32, strict=True), strict=True)
    ]
    return metric.aggregate(evidence_of(metric, pairs), np.ones((1, len(pairs)), np.int64))


def named(outputs):
    return {str(number): np.float32(output)[None] for number, output in enumerate(outputs)}


def test_numbers_that_do_not_vary_have_no_value():
    metric = RelativeError()
    pairs = [(Values(FP32[:2]), Values(FP32[:2]))] * 3
    assert np.isnan(metric.aggregate(evidence_of(metric, pairs), np.ones((1, 3), np.int64)))[0]


def test_the_cosine_of_one_number_is_refused():
    with pytest.raises(CalibrateError, match="it cannot see a loss; judge single numbers by rel"):
        CosineSimilarity().score(Values(FP32[:1]), Values(2 * FP32[:1]), Facts("a"))
