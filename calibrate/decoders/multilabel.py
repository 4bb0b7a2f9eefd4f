"""Decoder `multilabel`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import Floats, frozen, kl_divergence
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError

# A float32 sigmoid reaches 0 and 1; what it cannot tell from them counts as this far away.
_MARGIN = 1e-7


class MultiLabel(Component):
    """One independent score a class, any number of which may be present.

    Divergence: the KL divergences of the classes' two-way distributions, summed, in nats.

    Example:
        decoder: {type: multilabel, probabilities: true}
    """

    output: str | None = None
    """Name of the output with the scores, where the model has several."""
    probabilities: bool = False
    """True where the model ends in a sigmoid; false: logits, which the sigmoid is applied to."""

    def predict(self, outputs: Outputs, facts: Facts) -> LabelScores:
        """The probabilities, [C] float32."""
        scores = self._scores(outputs, place(facts)).astype(np.float32)
        return LabelScores(np.clip(scores, 0, 1) if self.probabilities else expit(scores))

    def signature(self, outputs: Outputs) -> Outputs:
        """Log-probabilities of presence and absence, [2, C] float64."""
        return frozen({"log_probabilities": self._log_probabilities(outputs)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """KL(reference || outputs) in nats, summed over the classes."""
        return kl_divergence(reference["log_probabilities"], self._log_probabilities(outputs))

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
        # A quantized sigmoid may miss its ends by a step, which is no sign of logits.
        if self.probabilities and (values.min() < -0.05 or values.max() > 1.05):
            raise CalibrateError(
                f"output '{name}' ranges from {values.min():g} to {values.max():g}, "
                "which are no probabilities",
                where,
                "set probabilities: false",
            )
        return values.reshape(-1)

    def _log_probabilities(self, outputs: Outputs) -> Floats:
        scores = self._scores(outputs).astype(np.float64)
        if self.probabilities:
            present = np.clip(scores, _MARGIN, 1 - _MARGIN)
            return np.log(np.stack([present, 1 - present]))
        result: Floats = log_expit(np.stack([scores, -scores]))
        return result
