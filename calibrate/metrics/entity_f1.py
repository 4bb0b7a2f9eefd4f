"""Metric `entity_f1`: the F1 score of named entities."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.entities import entities, types_of
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.tokens import counted_positions
from calibrate.metrics._lib.type_checks import check_label
from calibrate.metrics.base import PooledMetric


class EntityF1(PooledMetric):
    """F1 score of entities, which are right where their type, first and last token are.

    Labels are tags such as B-PER, I-PER and O (IOB1, IOB2, IOBES). Equal to seqeval's `f1_score`
    and conlleval. Positions that the dataset marks do not count.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: entity_f1
            labels: [O, B-PER, I-PER, B-LOC, I-LOC]
    """

    name: ClassVar[str] = "entity_f1"

    labels: tuple[str, ...] = Field(min_length=2)
    """The tags in the order of the model's classes."""
    average: Literal["micro", "macro", "weighted"] = "micro"
    """The average: of all entities together, over types, or over types weighted by true
    entities."""

    @property
    def label(self) -> str:
        """`entity_f1`, with the average where it is another one."""
        return " ".join([self.name, *self.parameters(besides=("labels",))])

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Entities of each type: `both`, `predicted` and `actual` [T].

        Raises:
            CalibrateError: other kinds, NaN, other lengths, classes without a tag.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        check_label(self.label, scores.shape[1] - 1, len(self.labels), facts)
        types = types_of(self.labels)
        mine = entities([self.labels[index] for index in scores.argmax(axis=1)])
        theirs = entities([self.labels[index] for index in tokens])
        groups = {"both": mine & theirs, "predicted": mine, "actual": theirs}
        return {
            key: np.array([sum(entity[0] == kind for entity in group) for kind in types])
            for key, group in groups.items()
        }

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """F1 of each set; nan where no entity is predicted or true."""
        pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
        both, predicted, actual = (
            (counts @ np.stack([piece[key] for piece in pieces])).astype(np.float64)
            for key in ("both", "predicted", "actual")
        )
        either = predicted + actual
        if self.average == "micro":
            return divided(2 * both.sum(axis=1), either.sum(axis=1))
        rates = np.nan_to_num(divided(2 * both, either))
        weights = actual if self.average == "weighted" else (either > 0).astype(np.float64)
        return divided((rates * weights).sum(axis=1), weights.sum(axis=1))
