"""`mae`, `mse` and `rmse` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, root_mean_squared_error

from calibrate.core.annotation import ClassLabel, ImageTarget, ValueTarget
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.mae import Mae
from calibrate.metrics.mse import Mse
from calibrate.metrics.rmse import Rmse
from tests.metrics.reference import draws, evidence_of

METRICS = [Mae(), Mse(), Rmse()]
REFERENCES = [mean_absolute_error, mean_squared_error, root_mean_squared_error]
PIXELS = [2.5, 6.25, 6.25]
"""Evidence of pixels that are 2.5 too bright; the root is taken of the mean over all samples."""


@pytest.mark.parametrize(("metric", "reference"), list(zip(METRICS, REFERENCES, strict=True)))
def test_equals_scikit_learn(metric, reference):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(30, 4)).astype(np.float32)
    predicted = (truth + rng.normal(size=(30, 4))).astype(np.float32)
    pairs = [
        (Values(mine), ValueTarget(theirs)) for mine, theirs in zip(predicted, truth, strict=True)
    ]
    counts = draws(30)
    values = metric.aggregate(evidence_of(metric, pairs), counts)
    for value, drawn in zip(values, counts, strict=True):
        rows = (np.repeat(numbers, drawn, axis=0).ravel() for numbers in (truth, predicted))
        assert value == pytest.approx(reference(*rows), rel=1e-6)


@pytest.mark.parametrize(("metric", "expected"), list(zip(METRICS, PIXELS, strict=True)))
def test_evidence_of_pixels(metric, expected):
    image, truth = np.full((4, 4), 12.5, np.float32), np.full((4, 4), 10, np.uint8)
    evidence = metric.score(ImageOutput(image), ImageTarget(truth), Facts("a"))
    assert evidence.tolist() == [expected]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("values", "message"),
    [((1, 2), r"has shape \[2\], its target \[3\]"), ((1, np.inf, 2), "holds NaN or infinity")],
)
def test_what_does_not_fit_is_refused(metric, values, message):
    prediction = Values(np.array(values, np.float32))
    with pytest.raises(CalibrateError, match=message):
        metric.score(prediction, ValueTarget(np.ones(3, np.float32)), Facts("a"))
    with pytest.raises(CalibrateError, match=f"{metric.name} compares Values with ValueTarget or"):
        metric.score(prediction, ClassLabel(1), Facts("a"))
