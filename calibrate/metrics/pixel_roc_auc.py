"""Metric `pixel_roc_auc`: the area below the ROC curve of pixels."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import MaskTarget
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.sample import Facts
from calibrate.metrics._lib.ranking import roc_area
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, unfit
from calibrate.metrics.base import PooledMetric

DROPPED_BITS = 14
"""Bits dropped of a float32's 23 bits of fraction: scores that differ by less than 1 / 512 of their
size count as equal."""
_CHUNK = 1 << 24


class PixelRocAuc(PooledMetric):
    """Area below the ROC curve over the pixels of all images: defects against the rest.

    Pixels of class 0 are negative, those of other classes positive; ignored ones do not count.
    Equal to scikit-learn's `roc_auc_score` of all pixels together, of scores rounded to 10
    significant bits, ties counting half. Source: Bergmann et al., MVTec AD, 2019.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: pixel_roc_auc
    """

    name: ClassVar[str] = "pixel_roc_auc"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """How many positive and negative pixels have each score: `code`, `right`, `wrong` [K].

        Raises:
            CalibrateError: other kinds, NaN, or different shapes.
        """
        if not (isinstance(prediction, ScoreMap) and isinstance(target, MaskTarget)):
            raise unfit(self.label, prediction, target, facts, reads=[(ScoreMap, MaskTarget)])
        check_finite(self.label, prediction.scores, facts)
        check_shapes(self.label, prediction.scores.shape, target.mask.shape, facts)
        counted = np.ones(target.mask.shape, np.bool_)
        if target.ignore is not None:
            counted = target.mask != target.ignore
        codes, places = np.unique(_codes(prediction.scores[counted]), return_inverse=True)
        is_positive = target.mask[counted] != 0
        right = np.bincount(places[is_positive], minlength=codes.size)
        wrong = np.bincount(places[~is_positive], minlength=codes.size)
        return {"code": codes, "right": right, "wrong": wrong}

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The area of each set; nan where all of its pixels are of one kind."""
        pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
        codes = np.unique(np.concatenate([piece["code"] for piece in pieces]))
        right, wrong = (np.zeros((len(pieces), codes.size)) for _ in range(2))
        for row, piece in enumerate(pieces):
            # Greatest scores first.
            places = codes.size - 1 - np.searchsorted(codes, piece["code"])
            right[row, places] = piece["right"]
            wrong[row, places] = piece["wrong"]
        values = np.empty(len(counts))
        step = max(1, _CHUNK // max(1, codes.size))
        for start in range(0, len(counts), step):
            drawn = counts[start : start + step].astype(np.float64)
            values[start : start + step] = roc_area((drawn @ right).T, (drawn @ wrong).T)
        return values


def _codes(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Whole numbers in the order of the scores, equal for scores that are nearly equal."""
    bits = np.ascontiguousarray(scores, np.float32).view(np.int32).astype(np.int64)
    rounded = (np.abs(bits & 0x7FFFFFFF) + (1 << (DROPPED_BITS - 1))) >> DROPPED_BITS
    return np.asarray(np.where(bits < 0, -rounded, rounded), np.int64)
