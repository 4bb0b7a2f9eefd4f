"""Detectors whose scores may be probabilities already, or logits."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

from calibrate.core.component import Outputs
from calibrate.decoders._lib.activation import within_unit
from calibrate.decoders._lib.detection import DenseDetector
from calibrate.decoders._lib.heads import Activation, Floats


class ActivatedDetector(DenseDetector):
    """A detector with `activation`, which the scores of all samples show where it is `auto`."""

    activation: Literal["auto"] | Activation = "auto"
    """The function that converts the scores to probabilities; `auto`: nothing
    where the scores of the samples lie within 0-1, else what this kind of head is trained with."""

    @abstractmethod
    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """[N, C] scores of one sample before the activation."""

    def logit_activation(self, scores: Sequence[Floats]) -> Activation:
        """What is applied to logits, of all samples or of one: the sigmoid by default."""
        del scores
        return "sigmoid"

    def activation_of(self, scores: Floats) -> Activation:
        """The activation as given, or as the scores of one sample show it."""
        return self._activation([scores])

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """The activation, and whether boxes are in 0-1 of the input.

        Raises:
            CalibrateError: the scores are no probabilities with the activation that was given.
        """
        fitted: dict[str, object] = {}
        if self.activation == "auto":
            fitted["activation"] = self._activation([self.raw_scores(o, "") for o in outputs])
        detector = self.model_copy(update=fitted)
        return fitted | dict(DenseDetector.auto_parameters(detector, outputs))

    def _activation(self, scores: Sequence[Floats]) -> Activation:
        if self.activation != "auto":
            return self.activation
        return "none" if within_unit(scores) else self.logit_activation(scores)
