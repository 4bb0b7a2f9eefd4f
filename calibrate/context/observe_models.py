"""Any model on the images of a config: fed as its own inputs want them, judged as the config says.

One model is the reference; others are compared with it image by image.
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
from calibrate.evaluation.observe import Reference, observe, observe_reference
from calibrate.models.freeze import freeze_inputs
from calibrate.models.inputs import InputPlan, input_names, plan_inputs, with_own_batch
from calibrate.models.static_shapes import static_shape
from calibrate.runtime.inference import THROUGHPUT, Network
from calibrate.runtime.inference_precision import with_precision

_Key = tuple[tuple[object, ...], ...]


@dataclass(slots=True)
class SampleSet:
    """The images of a config, decoded once for every kind of input that models want.

    Attributes:
        resolved: the config.
        progress: told what happens.
        work: folder for tensors that do not fit into memory.
        costs: of everything that is run.
        deployed: what models other than the reference compute floating point in.
    """

    resolved: Resolved
    progress: Progress
    work: Path
    costs: Costs
    deployed: ComputeType = "f32"
    items: Sequence[Item] = field(init=False)
    _kept: dict[_Key, tuple[Tensors, tuple[InputPlan, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """List the dataset; nothing is decoded yet."""
        self.items = choose_items(self.resolved)

    def tensors(self, model: ov.Model) -> tuple[Tensors, tuple[InputPlan, ...]]:
        """The images as this model takes them, and its bound input plans."""
        given = self.resolved.config.model.inputs
        model = freeze_inputs(model, given)
        names = input_names(model)
        plans = plan_inputs(model, {name: given[name] for name in names if name in given})
        key = tuple((*plan.shape[1:], plan.layout, plan.dtype.str, plan.source) for plan in plans)
        if key not in self._kept:
            self._kept[key] = load_samples(
                self.resolved, self.items, plans, self.progress, self.work
            )
        tensors, known = self._kept[key]
        pairs = zip(plans, known, strict=True)
        return tensors, tuple(with_own_batch(plan, bound) for plan, bound in pairs)

    def network(
        self, model: ov.Model, compute_type: ComputeType = "f32"
    ) -> tuple[Network, Tensors]:
        """The model compiled as it is, and the images as it takes them."""
        properties = with_precision(THROUGHPUT, compute_type)
        model = freeze_inputs(model, self.resolved.config.model.inputs)
        tensors, plans = self.tensors(model)
        static = static_shape(model, plans)
        check_decoder(self.resolved, static)
        watched = task_of(self.resolved).watched(static)
        return Network(watched, self.costs, properties), tensors


@dataclass(frozen=True, slots=True)
class ModelResult:
    """A model that was observed.

    Attributes:
        seen: its evidence.
        value: of each metric, in the config's order.
        drops: against the reference, paired, in the config's order; empty for the reference.
        divergence: mean over the images, None for the reference.
    """

    seen: Observation
    value: tuple[float, ...]
    drops: tuple[Interval, ...] = ()
    divergence: float | None = None


def observe_first(
    gallery: SampleSet,
    model: ov.Model,
    indices: Sequence[int],
    title: str,
    *,
    compute_type: ComputeType = "f32",
) -> tuple[ModelResult, Reference]:
    """Run the reference model, in FP32 as it was trained unless it is the certified one itself."""
    network, tensors = gallery.network(model, compute_type)
    gallery.progress.stage(title, len(indices))
    judge = task_of(gallery.resolved).fitted(network, tensors)
    seen, reference = observe_reference(network, tensors, indices, judge, gallery.progress.advance)
    return ModelResult(seen, values(gallery.resolved, seen, indices)), reference


def observe_other(
    gallery: SampleSet,
    model: ov.Model,
    first: tuple[ModelResult, Reference],
    indices: Sequence[int],
    *,
    title: str,
    confidence: float,
) -> ModelResult:
    """Run another model on the same images and take its drops against the first.

    Args:
        gallery: the images.
        model: the other model.
        first: what the first model gave.
        indices: of the images.
        title: shown while it runs.
        confidence: of the drops' intervals.
    """
    network, tensors = gallery.network(model, gallery.deployed)
    reference = Reference(tensors, first[1].judge, first[1].signatures, first[1].predictions)
    gallery.progress.stage(title, len(indices))
    seen = observe(network, reference, indices, advance=gallery.progress.advance)
    resolved = gallery.resolved
    digests = [tensors.digests[index] for index in indices]
    drops = tuple(
        distinct_drop(
            judged.metric,
            first[0].seen.of(position, indices),
            seen.of(position, indices),
            digests,
            confidence=confidence,
            seed=resolved.config.dataset.subsample_seed,
        )
        for position, judged in enumerate(resolved.metrics)
    )
    divergence = float(seen.divergences(indices).mean())
    return ModelResult(seen, values(resolved, seen, indices), drops, divergence)


def values(resolved: Resolved, seen: Observation, indices: Sequence[int]) -> tuple[float, ...]:
    """Each metric's value on a set of samples."""
    ones = np.ones((1, len(indices)), np.int64)
    return tuple(
        float(judged.metric.aggregate(seen.of(position, indices), ones)[0])
        for position, judged in enumerate(resolved.metrics)
    )
