"""`mae`, `mse` and `rmse` against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, root_mean_squared_error

from calibrate.contracts.annotation import ClassLabel, ImageTarget, ValueTarget
from calibrate.contracts.prediction import ImageOutput, Values
from calibrate.contracts.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.evaluate.metrics.mae import Mae
from calibrate.evaluate.metrics.mse import Mse
from calibrate.evaluate.metrics.rmse import Rmse

FACTS = Facts("a")
PAIRS = [
    (Mae(), mean_absolute_error),
    (Mse(), mean_squared_error),
    (Rmse(), lambda truth, made: root_mean_squared_error(truth.ravel(), made.ravel())),
]


@pytest.mark.parametrize(("metric", "reference"), PAIRS, ids=["mae", "mse", "rmse"])
def test_equals_scikit_learn(metric, reference):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(30, 4)).astype(np.float32)
    made = (truth + rng.normal(size=(30, 4))).astype(np.float32)
    evidence = [
        metric.score(Values(mine), ValueTarget(theirs), FACTS)
        for mine, theirs in zip(made, truth, strict=True)
    ]
    counts = np.vstack([np.ones((1, 30), int), rng.multinomial(30, np.full(30, 1 / 30), size=3)])
    for value, drawn in zip(metric.aggregate(evidence, counts), counts, strict=True):
        expected = reference(np.repeat(truth, drawn, axis=0), np.repeat(made, drawn, axis=0))
        assert value == pytest.approx(expected, rel=1e-6)


def test_pixels():
    made, truth = np.full((4, 4), 12.5, np.float32), np.full((4, 4), 10, np.uint8)
    case = (ImageOutput(made), ImageTarget(truth), FACTS)
    assert Mae().score(*case).tolist() == [2.5]
    assert Mse().score(*case).tolist() == [6.25]


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        ([1, 2], [1, 2, 3], r"the prediction has shape \[2\], its target \[3\]"),
        ([1, np.inf], [1, 2], "holds NaN or infinity"),
    ],
)
def test_what_does_not_fit_is_refused(prediction, target, message):
    case = Values(np.array(prediction, np.float32)), ValueTarget(np.array(target, np.float32))
    with pytest.raises(CalibrateError, match=message):
        Mae().score(*case, FACTS)
    with pytest.raises(CalibrateError, match="mae compares Values with ValueTarget or"):
        Mae().score(case[0], ClassLabel(1), FACTS)
