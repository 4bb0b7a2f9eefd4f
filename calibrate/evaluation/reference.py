"""The evaluation task, and the FP32 outputs that other models are compared with."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace

import openvino as ov

from calibrate.core.component import (
    Decoder,
    Metric,
    Outputs,
    ReadsScores,
    scores_answers,
)
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.sample_store import SpilledMapping
from calibrate.evaluation.auto_parameters import fitted_decoder
from calibrate.models.expose_logits import with_scores
from calibrate.runtime.inference import Runs


@dataclass(frozen=True, slots=True)
class Task:
    """The evaluation task: the decoder and every metric of the config."""

    decoder: Decoder
    metrics: tuple[Metric, ...]

    def fitted(self, network: Runs, tensors: Tensors) -> "Task":
        """Return a task whose decoder has its `auto` parameters set from the FP32 model's outputs.

        Args:
            network: the FP32 model.
            tensors: all samples; the model runs on some of them.

        Raises:
            CalibrateError: the outputs contradict a parameter of the config.
        """
        return replace(self, decoder=fitted_decoder(self.decoder, network, tensors))

    @property
    def needs_reference(self) -> bool:
        """Whether a metric reads the FP32 model's predictions."""
        return any(metric.reference == "fp32" or scores_answers(metric) for metric in self.metrics)

    def watched(self, model: ov.Model) -> ov.Model:
        """Return the model with all outputs that the decoder reads; unchanged if it has them."""
        return with_scores(model) if isinstance(self.decoder, ReadsScores) else model


@dataclass(frozen=True, slots=True)
class Reference:
    """The FP32 model's outputs that other models are compared with, and the evaluation task.

    Attributes:
        tensors: all samples.
        judge: decoder and metrics.
        signatures: the decoder's signature of the FP32 outputs, by sample index.
        predictions: predictions of FP32, by sample index, if a metric compares with them.
        batch: number of samples in one inference of a model that takes one.
    """

    tensors: Tensors
    judge: Task
    signatures: MutableMapping[int, Outputs] = field(default_factory=dict)
    predictions: MutableMapping[int, Prediction] = field(default_factory=dict)
    batch: int = 1

    @classmethod
    def empty(cls, tensors: Tensors, judge: Task) -> "Reference":
        """Return an empty reference that keeps within the memory limit of the samples."""
        return cls(tensors, judge, SpilledMapping(tensors.room), SpilledMapping(tensors.room))

    def of(self, index: int) -> "SampleReference":
        """Return the part that judging one sample needs."""
        prediction = self.predictions.get(index)
        return SampleReference(self.tensors.facts[index], self.signatures[index], prediction)


@dataclass(frozen=True, slots=True)
class SampleReference:
    """The part of a `Reference` that judging one sample needs.

    Attributes:
        facts: facts of the sample.
        signature: the decoder's signature of the FP32 outputs.
        prediction: prediction of FP32, if a metric compares with it.
    """

    facts: Facts
    signature: Outputs
    prediction: Prediction | None
