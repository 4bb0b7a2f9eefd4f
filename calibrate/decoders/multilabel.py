"""Decoder `multilabel`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.activation import require_probabilities, within_unit
from calibrate.decoders._lib.divergence import (
    Floats,
    frozen,
    kl_divergence,
    log_presence,
    log_sigmoid_pair,
)
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError


class MultiLabel(Component):
    """One independent score a class, any number of which may be present.

    Divergence: the KL divergences of the classes' two-way distributions, summed, in nats.

    Example:
        decoder: {type: multilabel, probabilities: true}
    """

    output: str | None = None
    """Name of the output with the scores, where the model has several."""
    probabilities: Literal["auto"] | bool = "auto"
    """Whether the model ends in a sigmoid; false: logits, which the sigmoid is applied to;
    `auto`: probabilities are scores of 0-1 in all samples that were examined."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Whether the outputs are probabilities, from all samples together.

        Raises:
            CalibrateError: `probabilities: true` where they cannot be.
        """
        scores = [self._reference_scores(sample) for sample in outputs]
        return {"probabilities": within_unit(scores)} if self.probabilities == "auto" else {}

    def predict(self, outputs: Outputs, facts: Facts) -> LabelScores:
        """The probabilities, [C] float32."""
        scores = self._scores(outputs, place(facts)).astype(np.float32)
        normalized = self._are_probabilities(scores)
        return LabelScores(np.clip(scores, 0, 1) if normalized else expit(scores))

    def signature(self, outputs: Outputs) -> Outputs:
        """Log-probabilities of absence and presence, [2, C] float64, and what the output was.

        Raises:
            CalibrateError: `probabilities: true` where they cannot be.
        """
        scores = self._reference_scores(outputs)
        normalized = self._are_probabilities(scores)
        log_p = _log_probabilities(scores, normalized=normalized)
        return frozen({"log_probabilities": log_p, "normalized": np.array(normalized)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats, summed over the classes."""
        normalized = bool(reference["normalized"])
        log_q = _log_probabilities(self._scores(outputs), normalized=normalized)
        return kl_divergence(reference["log_probabilities"], log_q)

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are not one score a class."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is not None and sum(side != 1 for side in shape) > 1:
            return [f"an output of shape {list(shape)} is not one score a class"]
        return problems

    def _scores(self, outputs: Outputs, where: str = "") -> NDArray[Any]:
        name, values = pick(outputs, self.output, where)
        if max(values.shape, default=1) != values.size:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is not one score a class", where
            )
        return values.reshape(-1)

    def _reference_scores(self, outputs: Outputs) -> NDArray[Any]:
        """Scores of the FP32 model, which fit the parameters or are refused."""
        scores = self._scores(outputs)
        if self.probabilities is True:
            require_probabilities([scores], "set probabilities: false")
        return scores

    def _are_probabilities(self, scores: NDArray[Any]) -> bool:
        return within_unit([scores]) if self.probabilities == "auto" else self.probabilities


def _log_probabilities(scores: NDArray[Any], *, normalized: bool) -> Floats:
    return log_presence(scores) if normalized else log_sigmoid_pair(scores)
