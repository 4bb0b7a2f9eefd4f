"""In which order a model gives the numbers of a box, by the boxes of many samples."""

from collections.abc import Sequence

import numpy as np

from calibrate.core.boxes import Boxes, BoxFormat

_LEAST_INVERTED = 0.05
"""Share of rows whose second pair is not beyond the first, from which they are no corners."""


def format_of(rows: Sequence[Boxes]) -> BoxFormat:
    """Return `xyxy` where the second pair of numbers lies beyond the first, else `cxcywh`.

    Of corners it does in every row; a centre that is further from the origin than the box is wide
    or high, as most are, shows that the second pair is a size. Rows of four equal numbers are
    filling and do not count.

    Args:
        rows: [N, 4] of each sample, as the model gives them.
    """
    given = np.concatenate([np.zeros((0, 4), np.float32), *rows])
    real = given[(given != given[:, :1]).any(axis=1)]
    inverted = (real[:, 2:] < real[:, :2]).any(axis=1)
    is_size = len(real) > 0 and float(inverted.mean()) > _LEAST_INVERTED
    return "cxcywh" if is_size else "xyxy"
