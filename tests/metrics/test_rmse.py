"""`rmse` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_error

from calibrate.core.annotation import ClassLabel, ImageTarget, ValueTarget
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.rmse import Rmse

FACTS = Facts("a")


def test_equals_scikit_learn():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(30, 4)).astype(np.float32)
    made = (truth + rng.normal(size=(30, 4))).astype(np.float32)
    evidence = [
        Rmse().score(Values(mine), ValueTarget(theirs), FACTS)
        for mine, theirs in zip(made, truth, strict=True)
    ]
    counts = np.vstack([np.ones((1, 30), int), rng.multinomial(30, np.full(30, 1 / 30), size=3)])
    for value, drawn in zip(Rmse().aggregate(evidence, counts), counts, strict=True):
        rows = np.repeat(truth, drawn, axis=0).ravel(), np.repeat(made, drawn, axis=0).ravel()
        assert value == pytest.approx(root_mean_squared_error(*rows), rel=1e-6)


def test_evidence_of_pixels():
    made, truth = np.full((4, 4), 12.5, np.float32), np.full((4, 4), 10, np.uint8)
    assert Rmse().score(ImageOutput(made), ImageTarget(truth), FACTS).tolist() == [6.25]


@pytest.mark.parametrize(
    ("values", "message"),
    [((1, 2), r"has shape \[2\], its target \[3\]"), ((1, np.inf, 2), "holds NaN or infinity")],
)
def test_what_does_not_fit_is_refused(values, message):
    made = Values(np.array(values, np.float32))
    with pytest.raises(CalibrateError, match=message):
        Rmse().score(made, ValueTarget(np.ones(3, np.float32)), FACTS)
    with pytest.raises(CalibrateError, match="rmse compares Values with ValueTarget or"):
        Rmse().score(made, ClassLabel(1), FACTS)
