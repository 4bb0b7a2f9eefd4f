"""Several decoders of one model, each with a name, as one decoder; and metrics of one of them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny

from calibrate.core.annotation import SeveralTargets
from calibrate.core.component import (
    Component,
    Decoder,
    Evidence,
    HasAutoParameters,
    Metric,
    Outputs,
    ReadsScores,
    ScoresAnswers,
    Target,
    Unit,
)
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.several import SeveralPredictions
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError

_SEPARATOR = "/"
"""Between a head's name and a key of its signature."""


class Heads(Component):
    """The decoders of a config that lists several, by name.

    Divergence: the sum of the heads' divergences.
    """

    decoders: dict[str, SerializeAsAny[Component]]
    """By name, in the order of the config."""
    types: dict[str, str]
    """The type of each, which tells decoders with equal parameters apart."""
    fitted: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Parameters that were determined from the FP32 model's outputs, by head."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Return `fitted` with the automatic parameters of each head; nothing where none is left.

        Raises:
            CalibrateError: the outputs contradict a parameter of a head.
        """
        fitted = {
            name: dict(decoder.auto_parameters(outputs))
            for name, decoder in self._heads().items()
            if isinstance(decoder, HasAutoParameters)
        }
        fitted = {name: values for name, values in fitted.items() if values}
        if not fitted:
            return {}
        known = {name: {**self.fitted.get(name, {}), **fitted.get(name, {})} for name in fitted}
        return {"fitted": {**self.fitted, **known}}

    def predict(self, outputs: Outputs, facts: Facts) -> SeveralPredictions:
        """Return the prediction of each head.

        Raises:
            CalibrateError: the outputs are not what a head reads.
        """
        return SeveralPredictions(
            {name: decoder.predict(outputs, facts) for name, decoder in self._heads().items()}
        )

    def signature(self, outputs: Outputs) -> Outputs:
        """Return the signatures of all heads, as `head/key`."""
        return {
            f"{name}{_SEPARATOR}{key}": array
            for name, decoder in self._heads().items()
            for key, array in decoder.signature(outputs).items()
        }

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """Return the sum over the heads."""
        return sum(
            decoder.divergence(_part(reference, name), outputs)
            for name, decoder in self._heads().items()
        )

    def problems(self, shapes: Mapping[str, tuple[int, ...]]) -> Sequence[str]:
        """Return the problems of each head, with its name."""
        return [
            f"{name}: {problem}"
            for name, decoder in self._heads().items()
            for problem in decoder.problems(shapes)
        ]

    def _heads(self) -> Mapping[str, Decoder]:
        return {
            name: cast("Decoder", decoder.model_copy(update=self.fitted.get(name, {})))
            for name, decoder in self.decoders.items()
        }


class HeadsWithScores(Heads):
    """Heads of which one also reads the scores behind a class map."""

    reads_scores: ClassVar[Literal[True]] = True


def _part(reference: Outputs, name: str) -> Outputs:
    start = f"{name}{_SEPARATOR}"
    return {
        key.removeprefix(start): value for key, value in reference.items() if key.startswith(start)
    }


def combine(decoders: Mapping[str, tuple[str, Component]]) -> Heads:
    """Return one decoder for several.

    Args:
        decoders: type and component by the head's name.
    """
    parts = {name: component for name, (_, component) in decoders.items()}
    types = {name: kind for name, (kind, _) in decoders.items()}
    has_scores = any(isinstance(component, ReadsScores) for component in parts.values())
    return (HeadsWithScores if has_scores else Heads)(decoders=parts, types=types)


class HeadMetric(Component):
    """A metric of the predictions of one head.

    The annotation is that of the head where the dataset has one for each, else the whole.
    """

    head: str
    """The decoder's name."""
    metric: SerializeAsAny[Component]
    """The metric."""
    kind: str
    """The metric's type, which tells metrics with equal parameters apart."""

    @property
    def label(self) -> str:
        """`age mae`."""
        return f"{self.head} {self._metric.label}"

    @property
    def higher_is_better(self) -> bool:
        """The direction of the metric."""
        return self._metric.higher_is_better

    @property
    def is_mean(self) -> bool:
        """Whether the value is the mean of a score a sample."""
        return self._metric.is_mean

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and greatest score of a sample."""
        return self._metric.bounds

    @property
    def unit(self) -> Unit:
        """How values are printed."""
        return self._metric.unit

    @property
    def reference(self) -> Literal["annotation", "fp32"]:
        """What predictions are compared with."""
        return self._metric.reference

    @property
    def _metric(self) -> Metric:
        return cast("Metric", self.metric)

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return the evidence of the head's prediction.

        Raises:
            CalibrateError: the sample has no annotation for this head.
        """
        return self._metric.score(self.of_head(prediction), self._target(target, facts), facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the metric's values."""
        return self._metric.aggregate(evidence, counts)

    def of_head(self, prediction: Prediction) -> Prediction:
        """Return the prediction of the head; any other prediction as it is."""
        if isinstance(prediction, SeveralPredictions):
            return prediction.heads[self.head]
        return prediction

    def _target(self, target: Target, facts: Facts) -> Target:
        if isinstance(target, Prediction):
            return self.of_head(target)
        if not isinstance(target, SeveralTargets):
            return target
        if self.head not in target.targets:
            raise CalibrateError(
                f"there is no annotation for '{self.head}'",
                facts.source,
                f"the dataset has annotations for {', '.join(target.targets)}",
            )
        return target.targets[self.head]


class HeadAnswers(HeadMetric):
    """A metric of one head that scores whether the true class is among the classes answered."""

    def answer(self, prediction: Prediction) -> NDArray[np.int64]:
        """Return the classes that the head answers with."""
        metric = self.metric
        assert isinstance(metric, ScoresAnswers)  # noqa: S101  # as `metric_of_head` makes it
        return metric.answer(self.of_head(prediction))


def metric_of_head(head: str, kind: str, metric: Component) -> HeadMetric:
    """Return the metric for the predictions of one head.

    Args:
        head: the decoder's name.
        kind: the metric's type.
        metric: for predictions as that decoder makes them.
    """
    class_ = HeadAnswers if isinstance(metric, ScoresAnswers) else HeadMetric
    return class_(head=head, metric=metric, kind=kind)
