"""How far predicted numbers are from the true ones, sample by sample."""

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ImageTarget, ValueTarget
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, unfit


def differences(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> NDArray[np.float64]:
    """Prediction minus target, flat float64: of regressed values, or of pixels 0-255.

    Raises:
        CalibrateError: other kinds, NaN, or different shapes.
    """
    mine, theirs = residual_pair(metric, prediction, target, facts)
    return mine - theirs


def residual_pair(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Prediction and target, flat float64: regressed values, or pixels 0-255.

    Raises:
        CalibrateError: other kinds, NaN, or different shapes.
    """
    if isinstance(prediction, Values) and isinstance(target, ValueTarget):
        mine, theirs = prediction.values, target.values
    elif isinstance(prediction, ImageOutput) and isinstance(target, ImageTarget):
        mine, theirs = prediction.image, target.image.astype(np.float32)
    else:
        reads = [(Values, ValueTarget), (ImageOutput, ImageTarget)]
        raise unfit(metric, prediction, target, facts, reads=reads)
    check_finite(metric, mine, facts)
    check_shapes(metric, mine.shape, theirs.shape, facts)
    return mine.astype(np.float64).ravel(), theirs.astype(np.float64).ravel()
