"""What a config can name by type: adapters, steps, decoders and metrics.

A component is a frozen pydantic model. Its fields are its parameters, so validation, line
numbers, the JSON Schema and `calibrate list` come by themselves from the fields' types and
descriptions. What it does is said by the Protocols below; it need not inherit from them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from calibrate.core.annotation import Annotation
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts, Item, Sample

Outputs = Mapping[str, NDArray[Any]]
"""The model's outputs for one sample, by output name, without the batch dimension."""

SCORES = "::scores"
"""Behind an output's name: the scores [C, height, width] that it is the arg max of."""

Target = Annotation | Prediction
"""What a prediction is compared with; a metric refuses the kinds that it does not know."""

Evidence = NDArray[np.float64] | Mapping[str, NDArray[Any]]
"""What a metric keeps of one sample: a few numbers, never the outputs themselves."""

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
"""A path that is relative to the YAML file in which it stands."""


class Component(BaseModel):
    """The base of all that a config names by `type`: parameters as fields, nothing else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=False, use_attribute_docstrings=True
    )


class Adapter(Protocol):
    """Reads one dataset layout."""

    def items(self) -> Sequence[Item]:
        """List the entries from the annotation alone, in a stable order.

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
        """Files and folders that have to exist before anything is read."""
        ...

    def label_names(self) -> Sequence[str]:
        """Names by class id; empty where the dataset has none."""
        ...


class Step(Protocol):
    """Changes one sample on its way to the model."""

    def __call__(self, sample: Sample) -> Sample:
        """The changed sample; the given one is left alone."""
        ...


class Decoder(Protocol):
    """Turns the model's raw outputs into a prediction, and says how far two outputs are apart."""

    def predict(self, outputs: Outputs, facts: Facts) -> Prediction:
        """The prediction for one sample.

        Raises:
            CalibrateError: the outputs are not what this decoder reads.
        """
        ...

    def signature(self, outputs: Outputs) -> Outputs:
        """What has to be kept of the FP32 outputs so that `divergence` can be taken later."""
        ...

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far `outputs` are from the FP32 `reference` (a signature): 0 when equal, smooth.

        The docstring of each decoder names the measure; all are such that the damages of groups
        quantized alone about add up to that of the groups quantized together.
        """
        ...

    def problems(self, shapes: Mapping[str, tuple[int, ...]]) -> Sequence[str]:
        """What in the outputs' shapes (batch included, -1 dynamic) this decoder cannot read."""
        ...


class Metric(Protocol):
    """Judges predictions: evidence from each sample, one value from the evidence of many."""

    higher_is_better: ClassVar[bool]
    """The direction: whether a larger value is a better one."""
    is_mean: ClassVar[bool]
    """Whether the value is the mean of a score per sample (evidence of shape [1])."""
    bounds: ClassVar[tuple[float, float]]
    """The least and greatest score of one sample; infinite where there is none."""
    unit: ClassVar[Unit]
    """How values are printed."""
    reference: ClassVar[Literal["annotation", "fp32"]]
    """What predictions are compared with: the dataset's annotation, or what FP32 predicted."""

    @property
    def label(self) -> str:
        """The metric's name in reports with its parameters: `accuracy@1`, `coco_ap@50:95`."""
        ...

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """What one sample contributes.

        Args:
            prediction: of the model that is judged.
            target: the annotation, or for `reference = "fp32"` the FP32 model's prediction.
            facts: of the sample, for messages and sizes.

        Raises:
            CalibrateError: prediction and target do not fit together.
        """
        ...

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Values of resampled sets of samples.

        Args:
            evidence: one entry a sample, [N].
            counts: [B, N], how often each sample stands in each of B sets; a row of ones is
                the set itself.

        Returns:
            [B] float64 values; nan where a set has no value (no object at all, one class only).
        """
        ...


@runtime_checkable
class ReadsScores(Protocol):
    """A decoder that reads the scores behind a class map too, where the model can give them."""

    reads_scores: ClassVar[Literal[True]]
    """Outputs then hold them under the map's name with `SCORES` behind it."""


@runtime_checkable
class HasAutoParameters(Protocol):
    """A decoder that finds out from the FP32 model's outputs how they have to be read.

    One sample may look like either (logits that happen to lie within 0-1), and a quantized model's
    outputs may miss what FP32's show. So it is decided once, for all samples and models.
    """

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Values for the parameters that are left at `auto`, by name.

        Args:
            outputs: of the FP32 model, one entry a sample, of at least one sample.

        Raises:
            CalibrateError: the outputs contradict a parameter that was given.
        """
        ...


@runtime_checkable
class ScoresAnswers(Protocol):
    """A metric whose score is 1 if the true class is among the classes answered, else 0."""

    def answer(self, prediction: Prediction) -> NDArray[np.int64]:
        """[K] the classes that a prediction answers with, which is all that the metric scores."""
        ...
