"""Predictions of any number of labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import class_name, labels_text, listed
from calibrate.core.predictions.base import Confidence, Difference, Prediction, share_of_equal

PRESENT = 0.5
"""The least probability of a label that is named as present."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores(Prediction):
    """One independent probability a class: [C] float32, 0-1."""

    decoders: ClassVar[tuple[str, ...]] = ("multilabel",)
    has_decision: ClassVar[bool] = True
    has_numbers: ClassVar[bool] = True

    scores: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The probabilities."""
        return {"scores": self.scores}

    def describe(self, names: Sequence[str]) -> str:
        """`0 (cat), 2 (dog)`."""
        return labels_text(np.flatnonzero(self.scores >= PRESENT), names)

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """The share of labels on the same side of the threshold."""
        least = confidence.label
        return share_of_equal((self.scores >= least) == (reference.scores >= least))

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`lost: dog; new: cat`; the share is of the labels that either has."""
        before, after = self.scores >= PRESENT, other.scores >= PRESENT
        if before.shape != after.shape or np.array_equal(before, after):
            return None
        parts = []
        for word, changed in (("lost", before & ~after), ("new", after & ~before)):
            classes = [class_name(int(label), names) for label in np.flatnonzero(changed)]
            if classes:
                parts.append(f"{word}: {listed(classes)}")
        either = int((before | after).sum())
        return Difference(float((before != after).sum()) / max(1, either), "; ".join(parts))
