"""Decoder `token_scores`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import log_softmax

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.activation import are_distributions, value_range
from calibrate.decoders._lib.divergence import (
    PROBABILITY_FLOOR,
    Floats,
    frozen,
    kl_divergence,
    log_of,
)
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError

POSITIONS_AND_VOCABULARY = 2


class TokenLogits(Component):
    """Scores over a vocabulary at each position of a sequence, [T, V].

    Divergence: KL(FP32 || INT8) in nats, mean over the positions, of the `kept` tokens that FP32
    finds most likely and of all others together.

    Example:
        decoder: {type: token_scores, output: logits}
    """

    output: str | None = None
    """Name of the output with the scores, where the model has several."""
    probabilities: Literal["auto"] | bool = "auto"
    """Whether the output is probabilities; false: logits or log-probabilities, which softmax is
    applied to; `auto`: probabilities are scores of 0-1 that sum to 1 at each position."""
    first_position: int = Field(default=0, ge=0)
    """Position at which the prediction begins: 1 leaves out that of a start token."""
    kept: int = Field(default=64, ge=1)
    """Tokens of each position whose probabilities are compared one by one."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Whether the outputs are probabilities, from all positions of all samples together.

        Raises:
            CalibrateError: `probabilities: true` where they cannot be.
        """
        rows = [self._reference_rows(sample) for sample in outputs]
        return {"probabilities": are_distributions(rows)} if self.probabilities == "auto" else {}

    def predict(self, outputs: Outputs, facts: Facts) -> TokenScores:
        """The log-probabilities, [T, V] float32."""
        rows = self._rows(outputs, place(facts))
        normalized = self._are_probabilities(rows)
        return TokenScores(_log_probabilities(rows, normalized=normalized).astype(np.float32))

    def signature(self, outputs: Outputs) -> Outputs:
        """Tokens [T, K] and their log-probabilities [T, K + 1], the last that of all others."""
        rows = self._reference_rows(outputs)
        normalized = self._are_probabilities(rows)
        log_p = _log_probabilities(rows, normalized=normalized)
        kept = min(self.kept, log_p.shape[1])
        tokens = np.argpartition(log_p, -kept, axis=1)[:, -kept:].astype(np.int32)
        return frozen(
            {
                "tokens": tokens,
                "log_probabilities": _gathered(log_p, tokens),
                "normalized": np.array(normalized),
            }
        )

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats, mean over the positions."""
        log_q = _log_probabilities(self._rows(outputs), normalized=bool(reference["normalized"]))
        tokens = reference["tokens"]
        if len(log_q) != len(tokens):
            raise CalibrateError(f"{len(log_q)} positions where FP32 has {len(tokens)}")
        total = kl_divergence(reference["log_probabilities"], _gathered(log_q, tokens))
        return total / max(1, len(tokens))

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are not positions by vocabulary."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is not None and len(_core(shape)) > 2:
            return [f"an output of shape {list(shape)} is not positions x vocabulary"]
        return problems

    def _rows(self, outputs: Outputs, where: str = "") -> NDArray[Any]:
        """[T, V] scores as they are."""
        name, values = pick(outputs, self.output, where)
        core = _core(values.shape)
        if len(core) > 2 or not core:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is not positions x vocabulary", where
            )
        return values.reshape(-1, core[-1])[self.first_position :]

    def _reference_rows(self, outputs: Outputs) -> NDArray[Any]:
        """Scores of the FP32 model, which fit the parameters or are refused."""
        rows = self._rows(outputs)
        if self.probabilities is True and not are_distributions([rows]):
            raise CalibrateError(
                f"the scores range {value_range([rows])} and do not sum to 1 at each position, so "
                "they are no probabilities",
                hint="set probabilities: false",
            )
        return rows

    def _are_probabilities(self, rows: NDArray[Any]) -> bool:
        return are_distributions([rows]) if self.probabilities == "auto" else self.probabilities


def _log_probabilities(rows: NDArray[Any], *, normalized: bool) -> Floats:
    logits = log_of(rows) if normalized else rows.astype(np.float64)
    result: Floats = log_softmax(logits, axis=1)
    return result


def _core(shape: Shape) -> Shape:
    """The shape without dimensions of 1 in front of the last one, down to two dimensions.

    So [T, 1, V], as CTC models with the time first give it, is read as [T, V].
    """
    while len(shape) > POSITIONS_AND_VOCABULARY and 1 in shape[:-1]:
        place = shape.index(1)
        shape = shape[:place] + shape[place + 1 :]
    return shape


def _gathered(log_p: Floats, tokens: NDArray[np.integer]) -> Floats:
    chosen = np.take_along_axis(log_p, tokens.astype(np.intp), axis=1)
    rest = np.maximum(1.0 - np.exp(chosen).sum(axis=1, keepdims=True), PROBABILITY_FLOOR)
    return np.concatenate([chosen, np.log(rest)], axis=1)
