"""What the comparisons stand on: a config's images decoded once, and FP32's evidence on them."""

import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import openvino as ov

from calibrate.config.load import load_config
from calibrate.config.resolved import Resolved
from calibrate.context.dataset import choose_items
from calibrate.context.run_context import read_source
from calibrate.core.component import Adapter
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import ComputeType
from calibrate.core.sample import Item, Sample
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.tensors import LoadOptions, SampleReader, bind_plans, load
from calibrate.evaluation.observe import observe, observe_reference
from calibrate.evaluation.reference import Reference, Task
from calibrate.models.inputs import batch_of
from calibrate.models.prepare import prepare
from calibrate.runtime.inference import THROUGHPUT, Network
from calibrate.runtime.inference_precision import deployed_type, with_precision


@dataclass(frozen=True)
class Some:
    """Some of an adapter's items; stands where an adapter stands."""

    adapter: Adapter
    ids: frozenset[str]

    def items(self) -> Sequence[Item]:
        """Those whose id is listed."""
        return [item for item in self.adapter.items() if item.id in self.ids]

    def read(self, item: Item) -> Sample:
        """As the adapter reads it."""
        return self.adapter.read(item)

    def sources(self) -> Sequence[Path]:
        """As the adapter's."""
        return self.adapter.sources()

    def label_names(self) -> Sequence[str]:
        """As the adapter's."""
        return self.adapter.label_names()


def load_one_metric(config: Path, max_drop: float) -> Resolved:
    """A config held to its first metric alone, since NNCF takes no more than one.

    Args:
        config: the YAML file.
        max_drop: the budget, in the metric's own unit.
    """
    resolved = load_config(config, overrides=[f"budget.max_drop={max_drop}"])
    first = resolved.metrics[0]
    # Published figures hold for all images, not for half of them.
    judged = replace(first, max_drop=max_drop, drop_type="absolute", reference=None)
    return replace(resolved, metrics=(judged,))


def with_images(resolved: Resolved, ids: Collection[str]) -> Resolved:
    """The same config with some of its images, all of which are used."""
    dataset = resolved.config.dataset.model_copy(update={"subsample_size": None})
    config = resolved.config.model_copy(update={"dataset": dataset})
    return replace(resolved, config=config, adapter=Some(resolved.adapter, frozenset(ids)))


def draw(resolved: Resolved, images: int) -> Resolved:
    """The same config with a seeded draw of its images; all of them where there are no more."""
    dataset = resolved.config.dataset
    count = min(images, len(list(resolved.adapter.items())))
    drawn = dataset.model_copy(update={"subsample_size": count})
    config = resolved.config.model_copy(update={"dataset": drawn})
    items = choose_items(replace(resolved, config=config))
    return with_images(resolved, [item.id for item in items])


class World:
    """All images decoded once, the prepared model, and its evidence where that is asked for."""

    def __init__(self, resolved: Resolved) -> None:
        source, plans = read_source(resolved)
        chain = SampleReader(resolved.adapter, resolved.steps)
        self.items = choose_items(resolved)
        plans = bind_plans(chain, self.items[0], plans)
        self.batch = batch_of(plans)
        keep = LoadOptions("error", 8 << 30, Path(tempfile.mkdtemp()))
        self.tensors: Tensors = load(chain, self.items, plans, keep=keep, advance=lambda: None)
        self.model = prepare(source, plans).model
        self.costs = Costs(time.monotonic)
        self.metric = resolved.metrics[0].metric
        self.judge = Task(resolved.decoder, (self.metric,))
        self.deployed = deployed_type(resolved.config.deployment.inference_precision)

    @cached_property
    def observed(self) -> tuple[Observation, Reference]:
        """What FP32 gives on every image."""
        network = Network(self.model, self.costs)
        everything = range(len(self.tensors))
        return observe_reference(network, self.tensors, everything, self.judge, lambda: None)

    def type_of(self, model: ov.Model) -> ComputeType:
        """What a model computes floating point in: FP32 its own, others what is deployed."""
        return "f32" if model is self.model else self.deployed

    def _observed(self, model: ov.Model, indices: Sequence[int]) -> Observation:
        properties = with_precision(THROUGHPUT, self.type_of(model))
        return observe(Network(model, self.costs, properties), self.observed[1], indices)

    def value(self, model: ov.Model, indices: Sequence[int]) -> float:
        """The model's metric on some images, in its unit."""
        observation = self._observed(model, indices)
        ones = np.ones((1, len(indices)), np.int64)
        return float(self.metric.aggregate(observation.of(0, indices), ones)[0])

    def drop(self, model: ov.Model, indices: Sequence[int]) -> float:
        """FP32 minus the model on some images, in the metric's good direction and unit."""
        fp32, _ = self.observed
        observation = self._observed(model, indices)
        ones = np.ones((1, len(indices)), np.int64)
        before = self.metric.aggregate(fp32.of(0, indices), ones)[0]
        after = self.metric.aggregate(observation.of(0, indices), ones)[0]
        sign = 1 if self.metric.higher_is_better else -1
        return float(sign * (before - after))
