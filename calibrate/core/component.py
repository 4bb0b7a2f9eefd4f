"""The components that a config names by type: adapters, steps, decoders and metrics.

A component is a frozen pydantic model. Its fields are its parameters, so validation, line
numbers, the JSON Schema and `calibrate list` follow from the fields' types and descriptions. The
Protocols below define its methods; it need not inherit from them.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from calibrate.core.annotation import Annotation
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts, Item, Sample

Outputs = Mapping[str, NDArray[Any]]
"""The model's outputs for one sample, by output name, without the batch dimension."""

SCORES = "::scores"
"""Suffix of an output's name for the scores [C, height, width] whose arg max it is."""

Target = Annotation | Prediction
"""What a prediction is compared with; a metric rejects unknown kinds."""

Evidence = NDArray[np.float64] | Mapping[str, NDArray[Any]]
"""A metric's record of one sample: a few numbers, never the outputs themselves."""

Unit = Literal["fraction", "dB", ""]
"""How a metric's value is printed: a fraction as per cent, its drop in points."""


def _not_empty(path: object) -> object:
    if path == "":
        raise ValueError("the path is empty")
    return path


def _anchor(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    try:
        anchored = path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path.parts[0]} is no user's home folder") from error
    return anchored if folder is None or anchored.is_absolute() else Path(folder) / anchored


AnchoredPath = Annotated[Path, BeforeValidator(_not_empty), AfterValidator(_anchor)]
"""A path that is relative to the YAML file that contains it."""


class Component(BaseModel):
    """The base class of everything that a config names by `type`: its fields are the parameters."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=False, use_attribute_docstrings=True
    )


class Adapter(Protocol):
    """Reads one dataset layout."""

    def items(self) -> Sequence[Item]:
        """List the entries, from the annotation alone, in a stable order.

        Raises:
            CalibrateError: with every problem of the annotation (raise_all), each with its place.
        """
        ...

    def read(self, item: Item) -> Sample:
        """Decode one entry; called by several threads.

        Raises:
            CalibrateError: the entry cannot be decoded; `where` names the file.
        """
        ...

    def sources(self) -> Sequence[Path]:
        """Return the files and folders that must exist before anything is read."""
        ...

    def label_names(self) -> Sequence[str]:
        """Return names by class id; empty if the dataset has none."""
        ...


class Step(Protocol):
    """Changes one sample on its way to the model."""

    def __call__(self, sample: Sample) -> Sample:
        """Return the changed sample; the given one is not modified."""
        ...


class Decoder(Protocol):
    """Turns the model's raw outputs into a prediction, and measures divergences of outputs."""

    def predict(self, outputs: Outputs, facts: Facts) -> Prediction:
        """Return the prediction for one sample.

        Raises:
            CalibrateError: the outputs are not what this decoder reads.
        """
        ...

    def signature(self, outputs: Outputs) -> Outputs:
        """Return the part of the FP32 outputs that `divergence` needs later."""
        ...

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """Measure how far `outputs` are from FP32's `reference` (a signature): 0 if equal, smooth.

        The docstring of each decoder names the measure. For all of them the divergences of groups
        quantized alone approximately add up to that of the groups quantized together.
        """
        ...

    def problems(self, shapes: Mapping[str, tuple[int, ...]]) -> Sequence[str]:
        """Describe problems of the outputs' shapes (batch included, -1 dynamic)."""
        ...


class Metric(Protocol):
    """Evaluates predictions: evidence from each sample, one value from the evidence of many."""

    higher_is_better: ClassVar[bool]
    """The direction: whether a larger value is a better one."""
    is_mean: ClassVar[bool]
    """Whether the value is the mean of a score per sample (evidence of shape [1])."""
    bounds: ClassVar[tuple[float, float]]
    """The least and greatest score of one sample; infinite if unbounded."""
    unit: ClassVar[Unit]
    """How values are printed."""
    reference: ClassVar[Literal["annotation", "fp32"]]
    """What predictions are compared with: the dataset's annotation, or FP32's prediction."""

    @property
    def label(self) -> str:
        """The metric's name in reports with its parameters: `accuracy@1`, `coco_ap@50:95`."""
        ...

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return the evidence of one sample.

        Args:
            prediction: of the evaluated model.
            target: the annotation, or for `reference = "fp32"` the FP32 model's prediction.
            facts: of the sample, for messages and sizes.

        Raises:
            CalibrateError: prediction and target do not fit together.
        """
        ...

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the values of resampled sets of samples.

        Args:
            evidence: one entry per sample, [N].
            counts: [B, N], how often each sample occurs in each of B sets; a row of ones is
                the set itself.

        Returns:
            [B] float64 values; nan where a set has no value (no object at all, one class only).
        """
        ...


@runtime_checkable
class ReadsScores(Protocol):
    """A decoder that also reads the scores behind a class map, if the model has them."""

    reads_scores: ClassVar[Literal[True]]
    """Outputs then contain them under the map's name followed by `SCORES`."""


@runtime_checkable
class HasAutoParameters(Protocol):
    """A decoder that determines parameters from the FP32 model's outputs.

    A single sample may be ambiguous (logits that happen to lie within 0-1), and a quantized model's
    outputs may differ. So parameters are determined once, for all samples and models.
    """

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Return values for the parameters that are `auto`, by name.

        Args:
            outputs: of the FP32 model, one entry per sample, at least one.

        Raises:
            CalibrateError: the outputs contradict a parameter of the config.
        """
        ...


@runtime_checkable
class ValuesByClass(Protocol):
    """A metric that also has a value for each class by itself."""

    def by_class(self, evidence: Sequence[Evidence]) -> Mapping[int, float]:
        """Return the value of each class that occurs, from the evidence of many samples."""
        ...


@runtime_checkable
class ScoresAnswers(Protocol):
    """A metric whose score is 1 if the true class is among the classes answered, else 0."""

    def answer(self, prediction: Prediction) -> NDArray[np.int64]:
        """Return [K] the classes that a prediction answers with; the metric scores nothing else."""
        ...


@runtime_checkable
class DecodesTogether(Protocol):
    """A decoder that handles several samples in one call, with the same results."""

    def predict_together(self, outputs: Outputs) -> Sequence[Prediction] | None:
        """Return what `predict` returns for each of the outputs [N, ...].

        None where samples have to be decoded one at a time, for instance to name the one that
        cannot be decoded.
        """
        ...

    def divergences(
        self, references: Sequence[Outputs], outputs: Outputs
    ) -> NDArray[np.float64] | None:
        """Return [N] what `divergence` returns for each signature and its outputs, or None."""
        ...


@runtime_checkable
class ScoresTogether(Protocol):
    """A metric that handles several samples in one call, with the same results."""

    def score_together(
        self, predictions: Sequence[Prediction], targets: Sequence[Target]
    ) -> NDArray[np.float64] | None:
        """Return [N, K] a row of evidence for each sample; None: score one at a time."""
        ...

    def answer_together(self, predictions: Sequence[Prediction]) -> NDArray[np.int64]:
        """Return [N, K] the classes that each prediction answers with; [N, 0] if it has none."""
        ...


def scores_answers(metric: Metric) -> TypeGuard[ScoresAnswers]:
    """Whether a metric is `ScoresAnswers`."""
    return _follows(type(metric), ScoresAnswers)


def decodes_together(decoder: Decoder) -> TypeGuard[DecodesTogether]:
    """Whether a decoder is `DecodesTogether`."""
    return _follows(type(decoder), DecodesTogether)


def scores_together(metric: Metric) -> TypeGuard[ScoresTogether]:
    """Whether a metric is `ScoresTogether`."""
    return _follows(type(metric), ScoresTogether)


@cache
def _follows(kind: type, protocol: type) -> bool:
    """Whether a class has a protocol's methods; asked for every sample, answered once."""
    return issubclass(kind, protocol)
