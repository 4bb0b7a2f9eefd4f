"""Decoder `classification`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import Floats, frozen, kl_divergence, log_of, log_softmax
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError

# How far the sum of an output may be from 1 for it to be taken as probabilities.
_SUM_TOLERANCE = 0.02


class Classification(Component):
    """One score a class, of which the highest is the answer.

    Divergence: KL(FP32 || INT8) of the class probabilities, in nats.

    Example:
        decoder: {type: classification, probabilities: false, background_offset: 1}
    """

    output: str | None = None
    """Name of the output with the scores, where the model has several."""
    probabilities: Literal["auto"] | bool = "auto"
    """Whether the output is probabilities; false: logits, which softmax is applied to; `auto`:
    probabilities are scores of 0-1 that sum to 1."""
    background_offset: int = Field(default=0, ge=0)
    """How many classes at the front the dataset does not have: 1 for a background class 0."""

    def predict(self, outputs: Outputs, facts: Facts) -> ClassScores:
        """The probabilities, [C] float32."""
        scores = self._scores(outputs, place(facts))
        normalized = self._are_probabilities(scores)
        log_p = self._log_probabilities(scores, normalized=normalized)
        return ClassScores(np.exp(log_p).astype(np.float32))

    def signature(self, outputs: Outputs) -> Outputs:
        """The log-probabilities, [C] float64, and whether the output was probabilities."""
        scores = self._scores(outputs)
        normalized = self._are_probabilities(scores)
        log_p = self._log_probabilities(scores, normalized=normalized)
        return frozen({"log_probabilities": log_p, "normalized": np.array(normalized)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats."""
        # FP32 says for both what the output is: INT8 probabilities may miss the sum of 1.
        normalized = bool(reference["normalized"])
        log_q = self._log_probabilities(self._scores(outputs), normalized=normalized)
        return kl_divergence(reference["log_probabilities"], log_q)

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are not one score a class, or fewer classes than are left out."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        sides = [side for side in shape if side != 1]
        if len(sides) != 1:
            one = "; a single sigmoid output is read by `multilabel`" if not sides else ""
            return [f"an output of shape {list(shape)} is not one score a class{one}"]
        if 0 < sides[0] <= self.background_offset + 1:
            return [f"{sides[0]} classes leave none to tell apart after background_offset"]
        return []

    def _scores(self, outputs: Outputs, where: str = "") -> NDArray[Any]:
        name, values = pick(outputs, self.output, where)
        if max(values.shape, default=1) != values.size or values.size < self.background_offset + 2:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is not one score a class", where
            )
        return values.reshape(-1)

    def _are_probabilities(self, scores: NDArray[Any]) -> bool:
        if self.probabilities != "auto":
            return self.probabilities
        total = float(scores.sum(dtype=np.float64))
        return bool(scores.min() >= 0 and abs(total - 1.0) <= _SUM_TOLERANCE)

    def _log_probabilities(self, scores: NDArray[Any], *, normalized: bool) -> Floats:
        known = scores[self.background_offset :]
        logits = log_of(known) if normalized else known.astype(np.float64)
        return log_softmax(logits)
