"""Determine whether a classifier numbers the annotated classes in another order."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from calibrate.core.annotation import Annotation, ClassLabel
from calibrate.core.phrases import class_text
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores

_FEWEST = 20
"""Samples below which no order is proposed."""
_DEVIATIONS = 3
"""Standard deviations of a share of samples by which the other order has to be better."""
_SHOWN = 10


def other_class_order(
    predictions: Sequence[Prediction],
    annotations: Sequence[Annotation | None],
    names: Sequence[str],
) -> str:
    """Return a sentence that proposes another order of the classes; empty if none is better.

    The order is the assignment of annotated classes to the model's that agrees with most answers.
    It is measured on samples that did not choose it: each half is judged with the order of the
    other half. It has to be better, beyond chance, than the present order and than one answer for
    all samples.

    Args:
        predictions: of the floating-point model, one per sample.
        annotations: of the same samples.
        names: names of the classes by id.
    """
    pairs = [
        (annotation.label, prediction.answer()[0])
        for prediction, annotation in zip(predictions, annotations, strict=True)
        if isinstance(prediction, ClassScores) and isinstance(annotation, ClassLabel)
    ]
    if len(pairs) < max(_FEWEST, len(predictions)):
        return ""
    labels, answers = np.array(pairs, np.int64).T
    # Sorted by class, each half has about half of the samples of every class.
    halves = np.empty(len(pairs), np.int64)
    halves[np.argsort(labels, kind="stable")] = np.arange(len(pairs)) % 2
    right = 0
    for half in (0, 1):
        chosen, judged = halves != half, halves == half
        order = _order(labels[chosen], answers[chosen])
        pairs_judged = zip(labels[judged], answers[judged], strict=True)
        right += sum(order.get(int(label)) == answer for label, answer in pairs_judged)
    share, present = right / len(pairs), float(np.mean(labels == answers))
    most_frequent = float(np.bincount(labels).max()) / len(pairs)
    margin = _DEVIATIONS * 0.5 / np.sqrt(len(pairs))
    if share - max(present, most_frequent) < margin:
        return ""
    return (
        f"With the classes numbered {_listed(_order(labels, answers), names)}, as a `label_map` "
        f"does, {100 * share:.0f} % of {len(pairs)} answers would be right instead of "
        f"{100 * present:.0f} % (each half of the samples judged the order that the other half "
        "gives)"
    )


def _order(labels: NDArray[np.int64], answers: NDArray[np.int64]) -> Mapping[int, int]:
    """Return the model's class for each annotated class, so that most answers are right."""
    annotated, rows = np.unique(labels, return_inverse=True)
    answered, columns = np.unique(answers, return_inverse=True)
    votes = np.zeros((len(annotated), len(answered)))
    np.add.at(votes, (rows, columns), 1)
    pairs = zip(*linear_sum_assignment(votes, maximize=True), strict=True)
    return {int(annotated[i]): int(answered[j]) for i, j in pairs if votes[i, j]}


def _listed(order: Mapping[int, int], names: Sequence[str]) -> str:
    first = list(order.items())[:_SHOWN]
    shown = ", ".join(f"{class_text(label, names)}: {place}" for label, place in first)
    more = f" and {len(order) - _SHOWN} more" if len(order) > _SHOWN else ""
    return f"{{{shown}}}{more}"
