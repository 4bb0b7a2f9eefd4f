"""Evaluate any model on the images of a config, with that config's decoder and metrics.

Images are loaded as each model's inputs require. One model is the reference; others are compared
with it image by image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openvino as ov

from calibrate.config.resolved import Resolved
from calibrate.context.dataset import choose_items, load_samples
from calibrate.context.deduplicate import distinct_drop
from calibrate.context.preflight import check_decoder
from calibrate.context.run_context import task_of
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import ComputeType
from calibrate.core.progress import Progress
from calibrate.core.sample import Item
from calibrate.core.tensors import Tensors
from calibrate.core.verdict import Interval
from calibrate.evaluation.observe import observe, observe_reference
from calibrate.evaluation.reference import Reference
from calibrate.models.freeze import freeze_inputs
from calibrate.models.inputs import InputPlan, input_names, plan_inputs, with_own_batch
from calibrate.models.sequences import as_sequence
from calibrate.models.static_shapes import static_shape
from calibrate.runtime.inference import THROUGHPUT, Network
from calibrate.runtime.inference_precision import with_precision

_Key = tuple[tuple[object, ...], ...]


@dataclass(slots=True)
class SampleSet:
    """The images of a config, decoded once for each kind of input that models have.

    Attributes:
        resolved: the config.
        progress: shows stages and notes.
        work: folder for tensors that do not fit into memory.
        costs: ledger of everything that is run.
        deployed: compute type of floating point in models other than the reference.
    """

    resolved: Resolved
    progress: Progress
    work: Path
    costs: Costs
    deployed: ComputeType = "f32"
    items: Sequence[Item] = field(init=False)
    _kept: dict[_Key, tuple[Tensors, tuple[InputPlan, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """List the dataset without decoding it."""
        self.items = choose_items(self.resolved)

    def tensors(self, model: ov.Model) -> tuple[Tensors, tuple[InputPlan, ...]]:
        """Return the images as this model takes them, and its bound input plans."""
        config = self.resolved.config
        settings = config.model.inputs
        model = as_sequence(freeze_inputs(model, settings))
        names = input_names(model)
        plans = plan_inputs(model, {name: settings[name] for name in names if name in settings})
        key = tuple((*plan.shape[1:], plan.layout, plan.dtype.str, plan.source) for plan in plans)
        if key not in self._kept:
            self._kept[key] = load_samples(
                self.resolved, self.items, plans, self.progress, self.work
            )
        tensors, bound_plans = self._kept[key]
        pairs = zip(plans, bound_plans, strict=True)
        return tensors, tuple(with_own_batch(plan, bound) for plan, bound in pairs)

    def network(
        self, model: ov.Model, compute_type: ComputeType = "f32"
    ) -> tuple[Network, Tensors]:
        """Return the compiled model, and the images as it takes them."""
        properties = with_precision(THROUGHPUT, compute_type)
        config = self.resolved.config
        model = as_sequence(freeze_inputs(model, config.model.inputs))
        tensors, plans = self.tensors(model)
        static = static_shape(model, plans)
        check_decoder(self.resolved, static)
        watched = task_of(self.resolved).watched(static)
        return Network(watched, self.costs, properties), tensors


@dataclass(frozen=True, slots=True)
class ModelResult:
    """The measurements of one model.

    Attributes:
        observation: observation of all samples.
        value: value of each metric, in the config's order.
        drops: against the reference, paired, in the config's order; empty for the reference.
        divergence: mean over the images, None for the reference.
    """

    observation: Observation
    value: tuple[float, ...]
    drops: tuple[Interval, ...] = ()
    divergence: float | None = None


def observe_first(
    sample_set: SampleSet,
    model: ov.Model,
    indices: Sequence[int],
    title: str,
    *,
    compute_type: ComputeType = "f32",
) -> tuple[ModelResult, Reference]:
    """Run the reference model, in FP32 unless `compute_type` says otherwise."""
    network, tensors = sample_set.network(model, compute_type)
    sample_set.progress.stage(title, len(indices))
    judge = task_of(sample_set.resolved).fitted(network, tensors)
    observation, reference = observe_reference(
        network, tensors, indices, judge, sample_set.progress.advance
    )
    return ModelResult(observation, values(sample_set.resolved, observation, indices)), reference


def observe_other(
    sample_set: SampleSet,
    model: ov.Model,
    first: tuple[ModelResult, Reference],
    indices: Sequence[int],
    *,
    title: str,
    confidence: float,
) -> ModelResult:
    """Run another model on the same images and measure its drops against the first.

    Args:
        sample_set: the images.
        model: the other model.
        first: result and reference of the first model.
        indices: indices of the images.
        title: shown while it runs.
        confidence: confidence of the drops' intervals.
    """
    network, tensors = sample_set.network(model, sample_set.deployed)
    reference = Reference(tensors, first[1].judge, first[1].signatures, first[1].predictions)
    sample_set.progress.stage(title, len(indices))
    observation = observe(network, reference, indices, advance=sample_set.progress.advance)
    resolved = sample_set.resolved
    digests = [tensors.digests[index] for index in indices]
    drops = tuple(
        distinct_drop(
            judged.metric,
            first[0].observation.of(position, indices),
            observation.of(position, indices),
            digests,
            confidence=confidence,
            seed=resolved.config.dataset.subsample_seed,
        )
        for position, judged in enumerate(resolved.metrics)
    )
    divergence = float(observation.divergences(indices).mean())
    return ModelResult(observation, values(resolved, observation, indices), drops, divergence)


def values(
    resolved: Resolved, observation: Observation, indices: Sequence[int]
) -> tuple[float, ...]:
    """Return each metric's value on a set of samples."""
    ones = np.ones((1, len(indices)), np.int64)
    return tuple(
        float(judged.metric.aggregate(observation.of(position, indices), ones)[0])
        for position, judged in enumerate(resolved.metrics)
    )
