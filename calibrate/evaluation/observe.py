"""Run a model over samples and keep of each only what judging needs."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.core.annotation import Annotation
from calibrate.core.component import (
    Decoder,
    Evidence,
    Metric,
    Outputs,
    ReadsScores,
    ScoresAnswers,
    Target,
)
from calibrate.core.observation import NOT_FINITE, Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.sample_store import SpilledMapping
from calibrate.errors import CalibrateError, NotFiniteError, PluginError
from calibrate.evaluation.auto_parameters import fitted_decoder
from calibrate.models.expose_logits import with_scores
from calibrate.runtime.inference import Network, Runs


@dataclass(frozen=True, slots=True)
class Task:
    """How outputs are judged: the decoder and every metric of the config."""

    decoder: Decoder
    metrics: tuple[Metric, ...]

    def fitted(self, network: Runs, tensors: Tensors) -> "Task":
        """The same with the decoder's `auto` parameters as the FP32 model's outputs show them.

        Args:
            network: the FP32 model.
            tensors: all samples, of which some are run.

        Raises:
            CalibrateError: the outputs contradict a parameter that was given.
        """
        return replace(self, decoder=fitted_decoder(self.decoder, network, tensors))

    @property
    def needs_reference(self) -> bool:
        """Whether a metric looks at what FP32 predicted."""
        return any(
            metric.reference == "fp32" or isinstance(metric, ScoresAnswers)
            for metric in self.metrics
        )

    def watched(self, model: ov.Model) -> ov.Model:
        """The model with all outputs that the decoder reads; itself where it gives them."""
        return with_scores(model) if isinstance(self.decoder, ReadsScores) else model


@dataclass(frozen=True, slots=True)
class Reference:
    """The FP32 model's outputs that others are compared with, and what judges them.

    Attributes:
        tensors: all samples.
        judge: decoder and metrics.
        signatures: what is kept of the FP32 outputs, by sample index.
        predictions: of FP32, by sample index, where a metric compares with them.
    """

    tensors: Tensors
    judge: Task
    signatures: MutableMapping[int, Outputs] = field(default_factory=dict)
    predictions: MutableMapping[int, Prediction] = field(default_factory=dict)

    @classmethod
    def empty(cls, tensors: Tensors, judge: Task) -> "Reference":
        """To be filled, within the memory that the samples may take."""
        return cls(tensors, judge, SpilledMapping(tensors.room), SpilledMapping(tensors.room))


def observe_reference(
    network: Network,
    tensors: Tensors,
    indices: Sequence[int],
    judge: Task,
    advance: Callable[[], None],
    look: Callable[[Observation, Reference], None] = lambda *_: None,
) -> tuple[Observation, Reference]:
    """Run FP32, keep its evidence and the signatures that divergence is taken from.

    Args:
        network: the FP32 model.
        tensors: all samples.
        indices: which of them.
        judge: decoder and metrics.
        advance: called after each sample.
        look: shown before each inference what is there so far; every sample in it is whole.

    Raises:
        CalibrateError: outputs that cannot be decoded or judged, with the sample named.
    """
    seen, kept = Observation(), Reference.empty(tensors, judge)

    def sink(index: int, outputs: Outputs) -> None:
        facts = tensors.facts[index]
        with _named(facts):
            prediction = judge.decoder.predict(outputs, facts)
            kept.signatures[index] = _owned(judge.decoder.signature(outputs))
            if judge.needs_reference:
                kept.predictions[index] = prediction
            seen.evidence[index] = _score(judge, prediction, facts, prediction)
            seen.choices[index] = _choices(judge, prediction)
        _note_answer(seen, index, prediction)
        advance()

    def show() -> bool:
        look(seen, kept)
        return False

    network.run(tensors, indices, sink, stop=show)
    look(seen, kept)
    return seen, kept


def observe(
    network: Runs,
    reference: Reference,
    indices: Sequence[int],
    *,
    advance: Callable[[], None] = lambda: None,
    stop: Callable[[Observation], bool] = lambda _: False,
) -> Observation:
    """Run a model over samples, scoring each and taking its divergence from FP32.

    Args:
        network: the model.
        reference: of the FP32 model, for at least these samples.
        indices: of the samples.
        advance: called after each sample.
        stop: asked before each inference with what was seen so far; True ends early.
    """
    seen = Observation()
    judge = judge_into(seen, reference)

    def sink(index: int, outputs: Outputs) -> None:
        judge(index, outputs)
        advance()

    network.run(reference.tensors, indices, sink, stop=lambda: stop(seen))
    return seen


def judge_into(seen: Observation, reference: Reference) -> Callable[[int, Outputs], Observation]:
    """What scores one sample's outputs and takes their divergence from FP32.

    Args:
        seen: gets what is seen of each sample, whole samples only.
        reference: of the FP32 model, for at least the samples that will be judged.

    Returns:
        A function of the sample's index and outputs that gives what was seen of that sample.
    """
    judge = reference.judge

    def score(index: int, outputs: Outputs) -> Observation:
        facts = reference.tensors.facts[index]
        with _named(facts):
            divergence = _divergence(reference, index, outputs)
            if divergence >= NOT_FINITE:
                outputs = _with_zeros(outputs)
            prediction = judge.decoder.predict(outputs, facts)
            evidence = _score(judge, prediction, facts, reference.predictions.get(index))
            choices = _choices(judge, prediction)
        sample = Observation({index: evidence}, {index: divergence}, {}, {index: choices})
        _note_answer(sample, index, prediction)
        seen.update(sample)
        return sample

    return score


def measure_divergence(
    network: Network, reference: Reference, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Divergence from FP32 of each sample, [N] in the order of `indices`; no labels needed."""
    found: dict[int, float] = {}

    def sink(index: int, outputs: Outputs) -> None:
        with _named(reference.tensors.facts[index]):
            found[index] = _divergence(reference, index, outputs)

    network.run(reference.tensors, indices, sink)
    return np.array([found[index] for index in indices], np.float64)


class _named:  # noqa: N801  # reads as a with-statement
    """Give what a component raises the name of the sample that it was raised on."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        where = self._facts.source or self._facts.id
        if isinstance(error, CalibrateError):
            if not error.where:
                error.where = where
        elif isinstance(error, Exception) and not isinstance(error, MemoryError):
            # Whatever a user's decoder or metric raises is theirs to see, with the sample.
            raise PluginError(
                f"judging fails with {type(error).__name__}: {error}", where=where
            ) from error


def _score(
    judge: Task, prediction: Prediction, facts: Facts, reference: Prediction | None
) -> tuple[Evidence, ...]:
    return tuple(
        metric.score(prediction, _target(metric, facts, reference), facts)
        for metric in judge.metrics
    )


def _divergence(reference: Reference, index: int, outputs: Outputs) -> float:
    """The decoder's; `NOT_FINITE` where an output that it reads holds NaN or infinite values."""
    try:
        found = reference.judge.decoder.divergence(reference.signatures[index], outputs)
    except NotFiniteError:
        return NOT_FINITE
    if not isfinite(found):
        if any(not np.isfinite(values).all() for values in outputs.values()):
            return NOT_FINITE
        raise CalibrateError(
            f"the divergence from FP32 is {found}",
            hint="a decoder's divergence has to be a finite number for finite outputs",
        )
    return found


def _with_zeros(outputs: Outputs) -> Outputs:
    """Outputs with 0 for what is not finite: what a program makes of such answers is not known."""
    return {
        name: np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        for name, values in outputs.items()
    }


def _choices(judge: Task, prediction: Prediction) -> tuple[NDArray[np.int64], ...]:
    return tuple(
        metric.answer(prediction) if isinstance(metric, ScoresAnswers) else np.empty(0, np.int64)
        for metric in judge.metrics
    )


def _target(metric: Metric, facts: Facts, reference: Prediction | None) -> Target:
    found: Annotation | Prediction | None = (
        reference if metric.reference == "fp32" else facts.annotation
    )
    if found is None:
        raise CalibrateError(
            f"{metric.label} needs an annotation and this sample has none",
            hint="judge unlabelled images by agreement with FP32: `metrics: [{type: agreement}]`",
        )
    return found


def _note_answer(seen: Observation, index: int, prediction: Prediction) -> None:
    answer = prediction.answer()
    if answer is not None:
        seen.answers[index] = answer


def _owned(signature: Outputs) -> Mapping[str, NDArray[np.generic]]:
    """Copies, since output tensors are overwritten by the next inference."""
    return {name: np.array(array, copy=True) for name, array in signature.items()}
