"""Decoder `token_scores`."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import log_softmax

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import (
    PROBABILITY_FLOOR,
    Floats,
    frozen,
    kl_divergence,
)
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError


class TokenLogits(Component):
    """Logits over a vocabulary at each position of a sequence, [T, V].

    Divergence: KL(FP32 || INT8) in nats, mean over the positions, of the `kept` tokens that FP32
    finds most likely and of all others together.

    Example:
        decoder: {type: token_scores, output: logits}
    """

    output: str | None = None
    """Name of the output with the logits, where the model has several."""
    kept: int = Field(default=64, ge=1)
    """Tokens of each position whose probabilities are compared one by one."""

    def predict(self, outputs: Outputs, facts: Facts) -> TokenScores:
        """The log-probabilities, [T, V] float32."""
        return TokenScores(self._log_probabilities(outputs, place(facts)).astype(np.float32))

    def signature(self, outputs: Outputs) -> Outputs:
        """Tokens [T, K] and their log-probabilities [T, K + 1], the last that of all others."""
        log_p = self._log_probabilities(outputs)
        kept = min(self.kept, log_p.shape[1])
        tokens = np.argpartition(log_p, -kept, axis=1)[:, -kept:].astype(np.int32)
        return frozen({"tokens": tokens, "log_probabilities": _gathered(log_p, tokens)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats, mean over the positions."""
        log_q = self._log_probabilities(outputs)
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

    def _log_probabilities(self, outputs: Outputs, where: str = "") -> Floats:
        name, values = pick(outputs, self.output, where)
        core = _core(values.shape)
        if len(core) > 2 or not core:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is not positions x vocabulary", where
            )
        logits = values.reshape(-1, core[-1]).astype(np.float64)
        result: Floats = log_softmax(logits, axis=1)
        return result


def _core(shape: Shape) -> Shape:
    """The shape without ones in front of its last two dimensions."""
    first = 0
    while len(shape) - first > 2 and shape[first] == 1:
        first += 1
    return shape[first:]


def _gathered(log_p: Floats, tokens: NDArray[np.integer]) -> Floats:
    chosen = np.take_along_axis(log_p, tokens.astype(np.intp), axis=1)
    rest = np.maximum(1.0 - np.exp(chosen).sum(axis=1, keepdims=True), PROBABILITY_FLOOR)
    return np.concatenate([chosen, np.log(rest)], axis=1)
