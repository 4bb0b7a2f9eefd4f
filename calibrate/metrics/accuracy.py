"""Metric `accuracy`: the share of samples whose class is among the k best scores."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit
from calibrate.metrics.base import MeanMetric


class Accuracy(MeanMetric):
    """Share of samples whose class is among the k best scores (top-1, top-5).

    The mean over samples of 1 where fewer than k classes rank before the true one, else 0. Of
    equal scores the class with the smaller id ranks first, as for `argmax`.
    Interval of a drop: paired differences of the samples' hits.

    Example:
        metrics:
          - type: accuracy
            top_k: 5
    """

    name: ClassVar[str] = "accuracy"

    top_k: int = Field(default=1, ge=1)
    """How many of the best classes may hold the true one."""

    @property
    def label(self) -> str:
        """`accuracy@1`."""
        return f"accuracy@{self.top_k}"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """1 for a hit, 0 for a miss.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        if not (isinstance(prediction, ClassScores) and isinstance(target, ClassLabel)):
            raise unfit(self.label, prediction, target, facts, reads=[(ClassScores, ClassLabel)])
        scores = prediction.scores
        check_finite(self.label, scores, facts)
        check_label(self.label, target.label, scores.size, facts)
        if scores.size == 2 and self.top_k == 1:
            return float(prediction.best() == target.label)
        score = scores[target.label]
        ahead = np.count_nonzero(scores > score) + np.count_nonzero(scores[: target.label] == score)
        return float(ahead < self.top_k)

    def answer(self, prediction: Prediction) -> NDArray[np.int64]:
        """[K] the k best classes, best first; empty for other predictions than scores."""
        if not isinstance(prediction, ClassScores):
            return np.empty(0, np.int64)
        if self.top_k == 1:  # as the first of the sorted, for a tenth of the time
            return np.array([prediction.best()], np.int64)
        return np.argsort(-prediction.scores, kind="stable")[: self.top_k]

    def score_together(
        self, predictions: Sequence[Prediction], targets: Sequence[Target]
    ) -> NDArray[np.float64] | None:
        """[N, 1]; None where a sample needs the checks and messages of `sample_value`."""
        scores, labels = self._table(predictions), self._labels(targets)
        if scores is None or labels is None or not np.isfinite(scores).all():
            return None
        count, classes = scores.shape
        if classes == 2 or not ((labels >= 0) & (labels < classes)).all():
            return None
        score = scores[np.arange(count), labels][:, None]
        before = np.arange(classes) < labels[:, None]
        ahead = np.count_nonzero((scores > score) | (before & (scores == score)), axis=1)
        hits: NDArray[np.float64] = np.less(ahead, self.top_k).astype(np.float64)
        return hits[:, None]

    def answer_together(self, predictions: Sequence[Prediction]) -> NDArray[np.int64]:
        """[N, K] as `answer` of each."""
        scores = self._table(predictions)
        if scores is None or scores.shape[1] == 2:
            return np.stack([self.answer(prediction) for prediction in predictions])
        if self.top_k == 1:
            best: NDArray[np.int64] = scores.argmax(axis=1)
            return best[:, None]
        ranked: NDArray[np.int64] = np.argsort(-scores, axis=1, kind="stable")
        return ranked[:, : self.top_k]

    def _table(self, predictions: Sequence[Prediction]) -> NDArray[np.float32] | None:
        """[N, C] scores; None for other predictions and for a metric built on this one."""
        rows = [p.scores for p in predictions if isinstance(p, ClassScores)]
        is_table = len(rows) == len(predictions) and len({row.size for row in rows}) == 1
        return np.stack(rows) if type(self) is Accuracy and is_table else None

    def _labels(self, targets: Sequence[Target]) -> NDArray[np.int64] | None:
        labels = [target.label for target in targets if isinstance(target, ClassLabel)]
        return np.array(labels, np.int64) if len(labels) == len(targets) else None
