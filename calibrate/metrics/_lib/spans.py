"""Predicted and true parts of a text."""

import numpy as np

from calibrate.core.annotation import TokenTarget
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.span import Span
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.type_checks import place, unfit


def span_pairs(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> list[tuple[Span, Span]]:
    """The predicted span beside each true one.

    Args:
        metric: its label.
        prediction: a `Span`.
        target: a `TokenTarget` of first and last position, or of several such pairs in a row.
        facts: of the sample.

    Raises:
        CalibrateError: other kinds, or a target that is no pairs of positions.
    """
    if not (isinstance(prediction, Span) and isinstance(target, TokenTarget)):
        raise unfit(metric, prediction, target, facts, reads=[(Span, TokenTarget)])
    tokens = target.tokens[target.tokens != target.ignore]
    pairs = tokens.reshape(-1, 2) if tokens.size and tokens.size % 2 == 0 else np.empty((0, 2))
    if not len(pairs) or (pairs < 0).any() or (pairs[:, 0] > pairs[:, 1]).any():
        raise CalibrateError(
            f"{metric}: the target {target.tokens.tolist()} is no first and last position",
            place(facts),
            "give each sample two numbers, or two for each accepted answer",
        )
    return [(prediction, Span(pair.astype(np.int64))) for pair in pairs]
