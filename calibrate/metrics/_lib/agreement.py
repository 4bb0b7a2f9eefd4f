"""A model's predictions beside the FP32 model's: the same decisions, or numbers side by side."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Target
from calibrate.core.predictions.base import Confidence, Prediction
from calibrate.core.predictions.kinds import PREDICTION_KINDS
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import filled_alike
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, place, unfit
from calibrate.metrics.base import MeanMetric

DECIDING = tuple(kind for kind in PREDICTION_KINDS.values() if kind.has_decision)
NUMERIC = tuple(kind for kind in PREDICTION_KINDS.values() if kind.has_numbers)


class AgreementMetric(MeanMetric):
    """A mean over samples of how far a model decides as FP32 does."""

    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    label_threshold: float = Field(default=0.5, gt=0, lt=1)
    """For several labels: the least probability of a label that is present."""
    annotation_conf_threshold: float = Field(default=0.6, ge=0, le=1)
    """For detections: the least score of a box that counts as detected."""

    def agreement(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """Return the share of a sample's decisions that are FP32's; see `agreement` below."""
        confidence = Confidence(self.label_threshold, self.annotation_conf_threshold)
        return agreement(self.label, prediction, target, facts, confidence)


def agreement(
    metric: str, prediction: Prediction, target: Target, facts: Facts, confidence: Confidence
) -> float:
    """Share of decisions that are FP32's, 0-1; exactly 1 for FP32 itself.

    What a decision is, each kind of prediction says by its `agreement`.

    Raises:
        CalibrateError: kinds without a decision, NaN, or predictions of different shapes.
    """
    if not (isinstance(prediction, DECIDING) and isinstance(target, type(prediction))):
        raise unfit(metric, prediction, target, facts, reads=[(kind, kind) for kind in DECIDING])
    check_alike(metric, prediction, target, facts)
    return prediction.agreement(target, confidence)


def paired_arrays(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Numbers of the prediction and of FP32's, flat float64, one pair an output.

    Probabilities of classes and of tokens (not their logarithms), values, pixels, raw outputs. Raw
    outputs whose number of rows varies are filled up with zeros.

    Raises:
        CalibrateError: kinds that are no numbers, other outputs, NaN, or different shapes.
    """
    if not (isinstance(prediction, NUMERIC) and isinstance(target, type(prediction))):
        raise unfit(metric, prediction, target, facts, reads=[(kind, kind) for kind in NUMERIC])
    check_alike(metric, prediction, target, facts)
    reference = target.arrays()
    pairs = [filled_alike(values, reference[name]) for name, values in prediction.arrays().items()]
    return [
        (mine.astype(np.float64).ravel(), other.astype(np.float64).ravel()) for mine, other in pairs
    ]


def check_alike(metric: str, prediction: Prediction, reference: Prediction, facts: Facts) -> None:
    """Refuse predictions of one kind whose arrays cannot be compared.

    Raises:
        CalibrateError: other outputs, NaN, or different shapes (of kinds that are no lists).
    """
    arrays, others = prediction.arrays(), reference.arrays()
    if arrays.keys() != others.keys():
        raise CalibrateError(
            f"{metric}: the outputs are {sorted(arrays)}, those of FP32 {sorted(others)}",
            place(facts),
        )
    for name, values in arrays.items():
        check_finite(metric, values, facts)
        check_finite(metric, others[name], facts)
        may_vary = isinstance(prediction, RawOutputs) and values.ndim == others[name].ndim
        if not prediction.is_list and not may_vary:
            check_shapes(metric, values.shape, others[name].shape, facts)
