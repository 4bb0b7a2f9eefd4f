"""Run a model over samples and keep only the evidence that their evaluation needs."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import Annotation
from calibrate.core.component import (
    Evidence,
    Metric,
    Outputs,
    Target,
    scores_answers,
)
from calibrate.core.observation import NOT_FINITE, Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError, NotFiniteError
from calibrate.evaluation.component_errors import naming_sample
from calibrate.evaluation.judge_together import Expected, divergences_together, judge_together
from calibrate.evaluation.reference import Reference, SampleReference, Task
from calibrate.evaluation.run_samples import Takers, run_samples
from calibrate.runtime.inference import Network, Runs


def observe_reference(
    network: Network,
    tensors: Tensors,
    indices: Sequence[int],
    judge: Task,
    advance: Callable[[], None],
    look: Callable[[Observation, Reference], None] = lambda *_: None,
) -> tuple[Observation, Reference]:
    """Run FP32 and keep its evidence and the signatures that divergence is computed from.

    Args:
        network: the FP32 model.
        tensors: all samples.
        indices: indices of the samples to run.
        judge: decoder and metrics.
        advance: called after each sample.
        look: called before each inference with the results so far; each sample in it is complete.

    Raises:
        CalibrateError: outputs cannot be decoded or evaluated; the error names the sample.
    """
    observation, reference = Observation(), Reference.empty(tensors, judge)

    def sink(index: int, outputs: Outputs) -> None:
        facts = tensors.facts[index]
        with naming_sample(facts):
            prediction = judge.decoder.predict(outputs, facts)
            reference.signatures[index] = _copied(judge.decoder.signature(outputs))
            if judge.needs_reference:
                reference.predictions[index] = prediction
            observation.evidence[index] = _score(judge, prediction, facts, prediction)
            observation.choices[index] = _choices(judge, prediction)
        _note_answer(observation, index, prediction)
        advance()

    def show() -> bool:
        look(observation, reference)
        return False

    network.run(tensors, indices, sink, stop=show)
    look(observation, reference)
    return observation, reference


def observe(
    network: Runs,
    reference: Reference,
    indices: Sequence[int],
    *,
    advance: Callable[[int], None] = lambda _: None,
    stop: Callable[[Observation], bool] = lambda _: False,
) -> Observation:
    """Run a model over samples; score each and measure its divergence from FP32.

    Args:
        network: the model.
        reference: reference of the FP32 model, for at least these samples.
        indices: indices of the samples.
        advance: called with the number of samples done.
        stop: called before each inference with the observation so far; True ends early.
    """
    observation = Observation()
    evaluate = judge_into(observation, reference)

    def sink(index: int, outputs: Outputs) -> None:
        evaluate(index, outputs)
        advance(1)

    def together(chunk: Sequence[int], outputs: Outputs) -> bool:
        judge = reference.judge
        expected = Expected(
            [reference.signatures[index] for index in chunk],
            [reference.tensors.facts[index] for index in chunk],
            [reference.predictions.get(index) for index in chunk],
        )
        judged = judge_together(judge.decoder, judge.metrics, chunk, expected, outputs)
        if judged is None:
            return False
        observation.update(judged)
        advance(len(chunk))
        return True

    takers = Takers(sink, together)
    run_samples(network, reference.tensors, indices, takers, stop=lambda: stop(observation))
    return observation


def judge_into(
    observation: Observation, reference: Reference
) -> Callable[[int, Outputs], Observation]:
    """Return a function that scores a sample's outputs and measures their divergence from FP32.

    Args:
        observation: updated with each sample, complete samples only.
        reference: reference of the FP32 model, for at least the samples to be evaluated.

    Returns:
        A function of the sample's index and outputs that returns the observation of that sample.
    """

    def score(index: int, outputs: Outputs) -> Observation:
        sample = observe_sample(reference.judge, reference.of(index), index, outputs)
        observation.update(sample)
        return sample

    return score


def observe_sample(
    judge: Task, sample: SampleReference, index: int, outputs: Outputs
) -> Observation:
    """Score one sample's outputs and measure their divergence from FP32.

    Args:
        judge: decoder and metrics.
        sample: the sample's part of FP32's reference.
        index: index of the sample.
        outputs: the model's outputs for the sample.
    """
    with naming_sample(sample.facts):
        divergence = _divergence(judge, sample, outputs)
        if divergence >= NOT_FINITE:
            outputs = _with_zeros(outputs)
        prediction = judge.decoder.predict(outputs, sample.facts)
        evidence = _score(judge, prediction, sample.facts, sample.prediction)
        choices = _choices(judge, prediction)
    observation = Observation({index: evidence}, {index: divergence}, {}, {index: choices})
    _note_answer(observation, index, prediction)
    return observation


def sample_divergence(judge: Task, sample: SampleReference, outputs: Outputs) -> float:
    """Measure one sample's divergence from FP32, without labels."""
    with naming_sample(sample.facts):
        return _divergence(judge, sample, outputs)


def measure_divergence(
    network: Runs, reference: Reference, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Measure each sample's divergence from FP32, [N] in the order of `indices`, without labels."""
    divergences: dict[int, float] = {}

    def sink(index: int, outputs: Outputs) -> None:
        divergences[index] = sample_divergence(reference.judge, reference.of(index), outputs)

    def together(chunk: Sequence[int], outputs: Outputs) -> bool:
        signatures = [reference.signatures[index] for index in chunk]
        values = divergences_together(reference.judge.decoder, signatures, outputs)
        if values is None:
            return False
        divergences.update(zip(chunk, values.tolist(), strict=True))
        return True

    run_samples(network, reference.tensors, indices, Takers(sink, together))
    return np.array([divergences[index] for index in indices], np.float64)


def _score(
    judge: Task, prediction: Prediction, facts: Facts, reference: Prediction | None
) -> tuple[Evidence, ...]:
    return tuple(
        metric.score(prediction, _target(metric, facts, reference), facts)
        for metric in judge.metrics
    )


def _divergence(judge: Task, sample: SampleReference, outputs: Outputs) -> float:
    """Return the decoder's divergence; `NOT_FINITE` if an output it reads has NaN or infinities."""
    try:
        divergence = judge.decoder.divergence(sample.signature, outputs)
    except NotFiniteError:
        return NOT_FINITE
    if not isfinite(divergence):
        if any(not np.isfinite(values).all() for values in outputs.values()):
            return NOT_FINITE
        raise CalibrateError(
            f"the divergence from FP32 is {divergence}",
            hint="a decoder's divergence has to be a finite number for finite outputs",
        )
    return divergence


def _with_zeros(outputs: Outputs) -> Outputs:
    """Return outputs with 0 for NaN and infinities, which an application may treat in any way."""
    return {
        name: np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        for name, values in outputs.items()
    }


def _choices(judge: Task, prediction: Prediction) -> tuple[NDArray[np.int64], ...]:
    return tuple(
        metric.answer(prediction) if scores_answers(metric) else np.empty(0, np.int64)
        for metric in judge.metrics
    )


def _target(metric: Metric, facts: Facts, reference: Prediction | None) -> Target:
    target: Annotation | Prediction | None = (
        reference if metric.reference == "fp32" else facts.annotation
    )
    if target is None:
        raise CalibrateError(
            f"{metric.label} needs an annotation and this sample has none",
            hint="judge unlabelled images by agreement with FP32: `metrics: [{type: agreement}]`",
        )
    return target


def _note_answer(observation: Observation, index: int, prediction: Prediction) -> None:
    answer = prediction.answer()
    if answer is not None:
        observation.answers[index] = answer


def _copied(signature: Outputs) -> Mapping[str, NDArray[np.generic]]:
    """Return copies, since the next inference overwrites output tensors."""
    return {name: np.array(array, copy=True) for name, array in signature.items()}
