"""Decoder `classification`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.activation import are_distributions, require_probabilities, within_unit
from calibrate.decoders._lib.divergence import (
    Floats,
    frozen,
    kl_divergence,
    kl_divergences,
    log_of,
    log_presence,
    log_sigmoid_pair,
    log_softmax,
)
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError


class Classification(Component):
    """One score a class, of which the highest is the answer; or the score of one class of two.

    A single number p is read as the probabilities 1 - p and p of the classes 0 and 1.

    Divergence: KL(FP32 || INT8) of the class probabilities, in nats.

    Example:
        decoder: {type: classification, probabilities: false, background_offset: 1}
    """

    output: str | None = None
    """Name of the output with the scores, where the model has several."""
    probabilities: Literal["auto"] | bool = "auto"
    """Whether the output is probabilities; false: logits, which softmax (for a single number the
    sigmoid) is applied to; `auto`: probabilities are scores of 0-1 that sum to 1, or single
    numbers of 0-1, in all samples that were examined."""
    background_offset: int = Field(default=0, ge=0)
    """How many classes at the front the dataset does not have: 1 for a background class 0."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """With two classes, class 1 is the answer if its probability is greater than this."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Whether the outputs are probabilities, from all samples together.

        Raises:
            CalibrateError: `probabilities: true` where they cannot be.
        """
        scores = [self._reference_scores(sample) for sample in outputs]
        if self.probabilities != "auto":
            return {}
        return {"probabilities": all(map(_look_like_probabilities, scores))}

    def predict(self, outputs: Outputs, facts: Facts) -> ClassScores:
        """The probabilities, [C] float32."""
        scores = self._scores(outputs, place(facts))
        log_p = self._log_probabilities(scores, normalized=self._are_probabilities(scores))
        return ClassScores(np.exp(log_p).astype(np.float32), self.threshold)

    def signature(self, outputs: Outputs) -> Outputs:
        """The log-probabilities, [C] float64, and whether the output was probabilities.

        Raises:
            CalibrateError: `probabilities: true` where they cannot be.
        """
        scores = self._reference_scores(outputs)
        normalized = self._are_probabilities(scores)
        log_p = self._log_probabilities(scores, normalized=normalized)
        return frozen({"log_probabilities": log_p, "normalized": np.array(normalized)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats."""
        # FP32 says for both what the output is: INT8 probabilities may miss the sum of 1.
        normalized = bool(reference["normalized"])
        log_q = self._log_probabilities(self._scores(outputs), normalized=normalized)
        return kl_divergence(reference["log_probabilities"], log_q)

    def predict_together(self, outputs: Outputs) -> Sequence[ClassScores] | None:
        """See `DecodesTogether`; the probabilities of all samples are computed in one array."""
        if not isinstance(self.probabilities, bool):
            return None
        log_p = self._rows_of_log_probabilities(outputs, normalized=self.probabilities)
        if log_p is None:
            return None
        return [ClassScores(row, self.threshold) for row in np.exp(log_p).astype(np.float32)]

    def divergences(self, references: Sequence[Outputs], outputs: Outputs) -> Floats | None:
        """See `DecodesTogether`."""
        normalized = {bool(reference["normalized"]) for reference in references}
        if len(normalized) != 1:
            return None
        log_q = self._rows_of_log_probabilities(outputs, normalized=normalized.pop())
        log_p = [reference["log_probabilities"] for reference in references]
        if log_q is None or any(row.shape != log_q.shape[1:] for row in log_p):
            return None
        return kl_divergences(np.stack(log_p), log_q)

    def _rows_of_log_probabilities(self, outputs: Outputs, *, normalized: bool) -> Floats | None:
        """Return [N, C]; None for a decoder built on this one, and for what `_scores` refuses."""
        if type(self) is not Classification or (self.output is None and len(outputs) != 1):
            return None
        values = outputs.get(self.output or next(iter(outputs)))
        if values is None or values.ndim < 2 or values.dtype.kind != "f":
            return None
        scores = values.reshape(len(values), -1)
        classes = scores.shape[1] - self.background_offset
        if max(values.shape[1:]) != scores.shape[1] or classes < 2 or not np.isfinite(scores).all():
            return None
        known = np.ascontiguousarray(scores[:, self.background_offset :])
        return log_softmax(log_of(known) if normalized else known.astype(np.float64))

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are not one score a class, or fewer classes than are left out."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        sides = [side for side in shape if side != 1]
        if len(sides) > 1:
            return [f"an output of shape {list(shape)} is not one score a class"]
        classes = sides[0] if sides else 1
        if self.background_offset and 0 < classes <= self.background_offset + 1:
            return [f"{classes} classes leave none to tell apart after background_offset"]
        return []

    def _scores(self, outputs: Outputs, where: str = "") -> NDArray[Any]:
        name, values = pick(outputs, self.output, where)
        least = self.background_offset + 2 if self.background_offset else 1
        if max(values.shape, default=1) != values.size or values.size < least:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is not one score a class", where
            )
        if values.size == 1 and values.dtype.kind in "iub":
            raise CalibrateError(
                f"output '{name}' is one whole number, no score",
                where,
                "name the output with the scores by `output`; if the model ends in an arg max, "
                "export it without",
            )
        return values.reshape(-1)

    def _reference_scores(self, outputs: Outputs) -> NDArray[Any]:
        """Scores of the FP32 model, which fit the parameters or are refused."""
        scores = self._scores(outputs)
        if self.probabilities is True:
            require_probabilities([scores], "set probabilities: false")
        return scores

    def _are_probabilities(self, scores: NDArray[Any]) -> bool:
        return (
            _look_like_probabilities(scores) if self.probabilities == "auto" else self.probabilities
        )

    def _log_probabilities(self, scores: NDArray[Any], *, normalized: bool) -> Floats:
        if scores.size == 1:
            number = float(scores[0])
            return log_presence(number) if normalized else log_sigmoid_pair(number)
        known = scores[self.background_offset :]
        logits = log_of(known) if normalized else known.astype(np.float64)
        return log_softmax(logits)


def _look_like_probabilities(scores: NDArray[Any]) -> bool:
    return within_unit([scores]) if scores.size == 1 else are_distributions([scores])
