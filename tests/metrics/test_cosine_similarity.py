"""`cosine_similarity` with FP32's numbers against SciPy."""

import numpy as np
import pytest
from scipy.spatial.distance import cosine

from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.cosine_similarity import CosineSimilarity

FACTS = Facts("a")


def f32(*values):
    return np.array(values, np.float32)


def test_cosine_similarity():
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=(3, 4)).astype(np.float32) for _ in range(3))
    metric = CosineSimilarity()
    pair = RawOutputs({"x": a, "y": a}), RawOutputs({"x": b, "y": c})
    expected = 1 - (cosine(a.ravel(), b.ravel()) + cosine(a.ravel(), c.ravel())) / 2
    assert metric.score(*pair, FACTS) == pytest.approx(expected, abs=1e-6)
    zero, some = Values(f32(0, 0)), Values(f32(0, 1))
    assert metric.score(zero, zero, FACTS).tolist() == [1]
    assert metric.score(zero, some, FACTS).tolist() == [0]
    assert metric.score(some, Values(f32(0, -5)), FACTS).tolist() == [-1]


@pytest.mark.parametrize(
    ("metric", "model", "fp32", "message"),
    [
        (
            CosineSimilarity(),
            ClassMap(np.eye(2, dtype=int)),
            ClassMap(np.eye(2, dtype=int)),
            "compares",
        ),
        (
            CosineSimilarity(),
            RawOutputs({"a": f32(1)}),
            RawOutputs({"b": f32(1)}),
            r"outputs are \['a'\], those of FP32 \['b'\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(metric, model, fp32, message):
    with pytest.raises(CalibrateError, match=message):
        metric.score(model, fp32, FACTS)
