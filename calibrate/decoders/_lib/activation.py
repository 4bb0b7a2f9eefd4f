"""Whether outputs are probabilities already, found out from all of them together."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.errors import CalibrateError

UNIT_TOLERANCE = 0.05
"""How far a quantized sigmoid may miss 0 and 1 and still give probabilities."""
SUM_TOLERANCE = 0.02
"""How far the sum of a distribution may be from 1."""


def within_unit(arrays: Iterable[NDArray[Any]]) -> bool:
    """Whether every number lies within 0-1, as independent probabilities do."""
    low, high = 1.0, 0.0
    for array in arrays:
        low = min(low, float(array.min(initial=1)))
        high = max(high, float(array.max(initial=0)))
    return low >= -UNIT_TOLERANCE and high <= 1 + UNIT_TOLERANCE


def are_distributions(arrays: Iterable[NDArray[Any]]) -> bool:
    """Whether every row [..., C] holds numbers of 0 and more that sum to 1."""
    for array in arrays:
        total = array.sum(axis=-1, dtype=np.float64)
        if array.min(initial=0) < 0 or np.any(np.abs(total - 1) > SUM_TOLERANCE):
            return False
    return True


def value_range(arrays: Iterable[NDArray[Any]]) -> str:
    """`from -3.1 to 4`: the least and the greatest number."""
    ends = [(float(array.min()), float(array.max())) for array in arrays if array.size]
    if not ends:
        return "over nothing"
    return f"from {min(low for low, _ in ends):.4g} to {max(high for _, high in ends):.4g}"


def require_probabilities(scores: Sequence[NDArray[Any]], hint: str) -> None:
    """Refuse scores outside of 0-1.

    Args:
        scores: of all samples.
        hint: what to change in the config.

    Raises:
        CalibrateError: they are no probabilities.
    """
    if not within_unit(scores):
        raise CalibrateError(
            f"the scores range {value_range(scores)}, which are no probabilities", hint=hint
        )
