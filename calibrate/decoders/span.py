"""Decoder `span`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Component, Outputs
from calibrate.core.group_annotations import AnswerTarget
from calibrate.core.predictions.span import Span as SpanPrediction
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import Floats, frozen, kl_divergence, log_softmax
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape, finite, place
from calibrate.errors import CalibrateError

PAIR = 2


class Span(Component):
    """The part of a text that answers a question, from logits of its first and last position.

    Logits are two outputs [T], or one [T, 2]. The answer is the pair of first and last position
    with the greatest sum of logits, the last not before the first. Source: Devlin et al., BERT,
    2018, section 4.2. For windows of a text (`squad`), both lie in the text.

    Divergence: KL(FP32 || INT8) of the probabilities of the first position plus that of the last,
    in nats.

    Example:
        decoder: {type: span, start_out: start_logits, end_out: end_logits}
    """

    start_out: str | None = None
    """Name of the output with the logits of the first position, if calibrate cannot identify it."""
    end_out: str | None = None
    """Name of the output with the logits of the last position, if calibrate cannot identify it."""
    max_length: int = Field(default=30, ge=1)
    """Maximum number of positions of an answer."""

    def predict(self, outputs: Outputs, facts: Facts) -> SpanPrediction:
        """The best pair of positions, [2] int64.

        Raises:
            CalibrateError: the outputs are no logits of positions.
        """
        start, end = self._logits(outputs, place(facts))
        sums = start[:, None] + end[None, :]
        length = np.arange(len(end))[None, :] - np.arange(len(start))[:, None]
        sums = np.where((length >= 0) & (length < self.max_length), sums, -np.inf)
        if isinstance(facts.annotation, AnswerTarget):
            sums = _within_context(sums, facts.annotation, place(facts))
        first, last = np.unravel_index(int(sums.argmax()), sums.shape)
        null = float(start[0] + end[0])
        return SpanPrediction(np.array([first, last], np.int64), float(sums[first, last]), null)

    def signature(self, outputs: Outputs) -> Outputs:
        """Log-probabilities [2, T] of the first and of the last position."""
        return frozen({"log_probabilities": self._log_probabilities(outputs)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats, first and last position together."""
        return kl_divergence(reference["log_probabilities"], self._log_probabilities(outputs))

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are no logits of positions."""
        try:
            self._roles({name: tuple(shape[1:]) for name, shape in shapes.items()})
        except CalibrateError as error:
            return [str(error)]
        return []

    def _roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        if len(shapes) == 1:
            return assign(shapes, [Role("pairs", "start_out", self.start_out, ((None, PAIR),))])
        start = Role("start", "start_out", self.start_out, ((None,),), ("start",))
        end = Role("end", "end_out", self.end_out, ((None,),), ("end",))
        return assign(shapes, [start, end])

    def _logits(self, outputs: Outputs, where: str = "") -> tuple[NDArray[Any], NDArray[Any]]:
        roles = self._roles({name: values.shape for name, values in outputs.items()})
        parts = {part: finite(name, outputs[name], where) for part, name in roles.items()}
        if "pairs" in parts:
            pairs = parts["pairs"].reshape(-1, PAIR).astype(np.float64)
            return pairs[:, 0], pairs[:, 1]
        start, end = (parts[part].reshape(-1).astype(np.float64) for part in ("start", "end"))
        if start.shape != end.shape:
            raise CalibrateError(
                f"{start.size} first and {end.size} last positions do not fit together", where
            )
        return start, end

    def _log_probabilities(self, outputs: Outputs) -> Floats:
        return np.stack([log_softmax(logits) for logits in self._logits(outputs)])


def _within_context(sums: Floats, target: AnswerTarget, where: str) -> Floats:
    """The sums of pairs of positions, -inf where one is outside the context."""
    inside = target.offsets[:, 0] >= 0
    if len(inside) != len(sums):
        raise CalibrateError(f"{len(sums)} logits for a window of {len(inside)} tokens", where)
    return np.where(inside[:, None] & inside[None, :], sums, -np.inf)
