"""Assign annotated classes to those of a model, by votes."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


def best_order(votes: NDArray[np.float64]) -> tuple[tuple[int, ...], float]:
    """Return the annotated class of each of the model's classes, and the sum of votes for that.

    Args:
        votes: [C, C] by annotated class and the model's class.
    """
    rows, columns = linear_sum_assignment(votes, maximize=True)
    return tuple(np.argsort(columns).tolist()), float(votes[rows, columns].sum())
