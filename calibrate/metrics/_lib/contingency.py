"""How often each class was answered where each class is true."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import stacked
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit
from calibrate.metrics.base import PooledMetric


class ContingencyMetric(PooledMetric):
    """A metric of the table of true and answered classes."""

    @abstractmethod
    def table_values(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values [B] of the tables of B sets.

        Args:
            table: [B, C, C] how often the first class is true and the second was answered.
        """

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return the answered and the true class.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        return answered_and_true(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the value of each set."""
        return self.table_values(contingency(evidence, counts))


def answered_and_true(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> Evidence:
    """[3]: the class that was answered, the true one, and how many the model scores.

    Raises:
        CalibrateError: other kinds, NaN among the scores, a label without a score.
    """
    if not (isinstance(prediction, ClassScores) and isinstance(target, ClassLabel)):
        raise unfit(metric, prediction, target, facts, reads=[(ClassScores, ClassLabel)])
    check_finite(metric, prediction.scores, facts)
    check_label(metric, target.label, prediction.scores.size, facts)
    return np.array([prediction.best(), target.label, prediction.scores.size], np.float64)


def contingency(evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[B, C, C] how often the first class is true and the second was answered in each set."""
    rows = stacked(evidence).astype(np.int64)
    classes = int(rows[:, 2].max())
    cells = rows[:, 1] * classes + rows[:, 0]
    table = np.zeros((len(rows), classes * classes))
    table[np.arange(len(rows)), cells] = 1.0
    return (counts @ table).reshape(len(counts), classes, classes)
