"""Which classes were decided for, and which are true: what F1, recall and their like count."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit
from calibrate.metrics.base import PooledMetric

Average = Literal["binary", "macro", "micro", "weighted"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How often each class was decided for rightly or wrongly in B sets: all [B, C]."""

    true_positive: Floats
    false_positive: Floats
    false_negative: Floats
    true_negative: Floats

    def summed(self) -> "Outcomes":
        """All classes together: [B, 1]."""
        return Outcomes(*(part.sum(axis=1, keepdims=True) for part in self._parts()))

    def only(self, label: int) -> "Outcomes":
        """One class: [B, 1]; zeros for a class that the model does not score."""
        known = label < self.true_positive.shape[1]
        empty = np.zeros((len(self.true_positive), 1))
        return Outcomes(*(part[:, [label]] if known else empty for part in self._parts()))

    def _parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.true_positive, self.false_positive, self.false_negative, self.true_negative


class DecisionMetric(PooledMetric):
    """A metric of right and wrong decisions for each class, averaged over classes."""

    average: Average = "macro"
    """The average: of the class `pos_label` alone, the mean over classes, of all decisions
    together, or the mean over classes weighted by how often each is true."""
    pos_label: int = Field(default=1, ge=0)
    """The class whose score `binary` is."""
    threshold: float = Field(default=0.5, ge=0, le=1)
    """For several labels: the least probability at which a label counts as predicted."""

    @property
    def label(self) -> str:
        """`f1 macro`, `f1 class 1`."""
        kind = f"class {self.pos_label}" if self.average == "binary" else self.average
        shown = ("average", "pos_label") if self.average == "binary" else ("average",)
        return " ".join([self.name, kind, *self.parameters(besides=shown)])

    @abstractmethod
    def rates(self, outcomes: Outcomes) -> Floats:
        """The value of each class [B, C]; nan where it has none."""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Which classes were decided for, which are true, which count: all [C] bool.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        return decisions(self.label, prediction, target, facts, threshold=self.threshold)

    def aggregate(self, evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> Floats:
        """The value of each set; nan where no class has one."""
        outcomes = total_outcomes(evidence, counts)
        if self.average == "binary":
            return self.rates(outcomes.only(self.pos_label))[:, 0]
        if self.average == "micro":
            return self.rates(outcomes.summed())[:, 0]
        rates = self.rates(outcomes)
        present = ~np.isnan(rates)
        weights = present.astype(np.float64)
        if self.average == "weighted":
            weights = weights * (outcomes.true_positive + outcomes.false_negative)
        return divided((np.where(present, rates, 0) * weights).sum(axis=1), weights.sum(axis=1))


def decisions(
    metric: str, prediction: Prediction, target: Target, facts: Facts, *, threshold: float
) -> dict[str, NDArray[Any]]:
    """`predicted`, `actual` and `known` [C] bool of one sample.

    Raises:
        CalibrateError: other kinds, NaN among the scores, a label without a score.
    """
    if isinstance(prediction, ClassScores) and isinstance(target, ClassLabel):
        labels: tuple[int, ...] = (target.label,)
        unknown: tuple[int, ...] = ()
        predicted = np.arange(prediction.scores.size) == prediction.best()
    elif isinstance(prediction, LabelScores) and isinstance(target, LabelSet):
        labels, unknown = target.labels, target.ignored
        predicted = prediction.scores >= threshold
    else:
        reads = [(ClassScores, ClassLabel), (LabelScores, LabelSet)]
        raise unfit(metric, prediction, target, facts, reads=reads)
    check_finite(metric, prediction.scores, facts)
    for label in (*labels, *unknown):
        check_label(metric, label, prediction.scores.size, facts)
    return {
        "predicted": predicted,
        "actual": _marked(labels, predicted.size),
        "known": ~_marked(unknown, predicted.size),
    }


def total_outcomes(evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> Outcomes:
    """Sums of N pieces of `decisions` over sets that `counts` [B, N] draws."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    predicted, actual, known = (
        np.stack([piece[key] for piece in pieces]) for key in ("predicted", "actual", "known")
    )
    tables = (
        predicted & actual,
        predicted & ~actual,
        ~predicted & actual,
        ~predicted & ~actual,
    )
    return Outcomes(*(counts @ (table & known).astype(np.float64) for table in tables))


def _marked(classes: Sequence[int], size: int) -> NDArray[np.bool_]:
    marks = np.zeros(size, np.bool_)
    marks[list(classes)] = True
    return marks
