"""Metric `f1`: the F1 score of classes or of several labels."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import Totals, total_counts
from calibrate.metrics._lib.means import divided, mean_of_present
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit
from calibrate.metrics.base import PooledMetric


class F1(PooledMetric):
    """F1 score: harmonic mean of precision and recall, of one class or over classes.

    2 TP / (2 TP + FP + FN); `binary`: of the class `pos_label`; `macro`: mean over the classes
    that are predicted or true anywhere; `micro`: of all decisions together. Equal to
    scikit-learn's `f1_score`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: f1
            average: macro
    """

    name: ClassVar[str] = "f1"

    average: Literal["binary", "macro", "micro"] = "macro"
    """Of one class, the mean over classes, or of all decisions together."""
    pos_label: int = Field(default=1, ge=0)
    """The class whose score `binary` is."""
    threshold: float = Field(default=0.5, ge=0, le=1)
    """For several labels: the least probability at which a label counts as predicted."""

    @property
    def label(self) -> str:
        """`f1 macro`, `f1 micro`, `f1 class 1`."""
        return f"f1 class {self.pos_label}" if self.average == "binary" else f"f1 {self.average}"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Decisions of each class: predicted, true, both.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        labels: tuple[int, ...]
        ignored: tuple[int, ...]
        if isinstance(prediction, ClassScores) and isinstance(target, ClassLabel):
            predicted = np.array([prediction.best()])
            labels, ignored = (target.label,), ()
        elif isinstance(prediction, LabelScores) and isinstance(target, LabelSet):
            predicted = np.flatnonzero(prediction.scores >= self.threshold)
            labels, ignored = target.labels, target.ignored
        else:
            reads = [(ClassScores, ClassLabel), (LabelScores, LabelSet)]
            raise unfit(self.label, prediction, target, facts, reads=reads)
        check_finite(self.label, prediction.scores, facts)
        for label in (*labels, *ignored):
            check_label(self.label, label, prediction.scores.size, facts)
        size = prediction.scores.size
        known = ~_marked(np.array(ignored, np.int64), size)
        actual = _marked(np.array(labels, np.int64), size)
        return _decisions(_marked(predicted, size) & known, actual & known)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """F1 of each set; nan where no class that it is about is predicted or true."""
        totals = total_counts(evidence, counts)
        if self.average == "macro":
            return mean_of_present(totals.balance(), totals.predicted + totals.actual > 0)
        if self.average == "binary":
            totals = _only(totals, self.pos_label)
        either = (totals.predicted + totals.actual).sum(axis=1)
        return divided(2 * totals.both.sum(axis=1), either)


def _marked(classes: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    marks = np.zeros(size, np.bool_)
    marks[classes] = True
    return marks


def _decisions(predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> Evidence:
    classes = np.flatnonzero(predicted | actual)
    return {
        "classes": classes.astype(np.int64),
        "both": (predicted & actual)[classes].astype(np.float64),
        "predicted": predicted[classes].astype(np.float64),
        "actual": actual[classes].astype(np.float64),
    }


def _only(totals: Totals, label: int) -> Totals:
    kept = totals.classes == label
    return Totals(
        totals.classes[kept],
        totals.both[:, kept],
        totals.predicted[:, kept],
        totals.actual[:, kept],
    )
