"""The models of a run as a few images make them, which cost what those of all images cost."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import openvino as ov
from numpy.typing import NDArray

from calibrate.config.quantization import Quantization
from calibrate.config.resolved import Resolved
from calibrate.core.precision import INT8, Candidate, Group, Precision
from calibrate.core.tensors import Tensors
from calibrate.models.inputs import InputPlan, batch_of
from calibrate.models.prepare import Prepared
from calibrate.quantization.groups import find_groups, with_weights
from calibrate.quantization.ptq import Quantizer, quantize
from calibrate.quantization.variants import Variants, compose, with_integer_weights
from calibrate.quantization.weight_compression import compress, set_group_size, weight_bytes


@dataclass(frozen=True, slots=True)
class EstimateInputs:
    """What a probe runs on: a few images, and models made of them.

    Attributes:
        resolved: a checked config.
        tensors: the images.
        plans: what the model's inputs want.
        prepared: the FP32 model.
        kept: operations that stay in FP32 by rule.
    """

    resolved: Resolved
    tensors: Tensors
    plans: tuple[InputPlan, ...]
    prepared: Prepared
    kept: tuple[str, ...]

    @property
    def indices(self) -> range:
        """Of all images."""
        return range(len(self.tensors))

    @property
    def settings(self) -> Quantization:
        """The config's."""
        return self.resolved.config.quantization

    def feeds(self, count: int) -> list[dict[int, NDArray[Any]]]:
        """Inputs of the first images."""
        batch = batch_of(self.plans)
        return [
            self.tensors.feed(list(self.indices)[start : min(start + batch, count)], batch)
            for start in range(0, count, batch)
        ]

    def quantized(self, settings: Quantization, count: int) -> ov.Model:
        """In INT8, of the first images."""
        feeds = self.feeds(count)
        return quantize(
            self.prepared.model, feeds, settings, subset_size=len(feeds), kept=self.kept
        )

    def cured(self, settings: Quantization, count: int) -> float:
        """Seconds of a recipe, after the config's own settings had the ranges read."""
        feeds = self.feeds(count)
        own = Quantizer(self.prepared.model, feeds, self.kept, ahead=[settings])
        own.quantize(self.settings)
        begun = time.perf_counter()
        own.quantize(settings)
        return time.perf_counter() - begun

    def first(self, settings: Quantization, count: int) -> Mapping[Precision, ov.Model]:
        """What `Workshop.quantize_plain` makes, of fewer images."""
        asked = settings.precision_values
        made = {INT8: self.quantized(settings, count)} if INT8 in asked else {}
        feeds = self.feeds(count)
        for name in (precision for precision in asked if precision.compresses_weights):
            one, where = settings.compressions[name.name], f"quantization.weight_compression.{name}"
            model = compress(self.prepared.model, feeds, one, settings.ignored_scope, where=where)
            set_group_size(model, settings.dynamic_quantization_group_size)
            made[name] = model
        return made

    def groups(self, models: Mapping[Precision, ov.Model]) -> tuple[Group, ...]:
        """The groups that a run would find."""
        found = find_groups(models[INT8]) if INT8 in models else ()
        compressed = {name: model for name, model in models.items() if name != INT8}
        if not compressed:
            return found
        scaled = [name for name in compressed if self.settings.compressions[name.name].awq]
        return with_weights(found, self.prepared.model, compressed, scaled)

    def composed(
        self,
        models: Mapping[Precision, ov.Model],
        groups: tuple[Group, ...],
        candidate: Candidate,
    ) -> ov.Model:
        """The model of a candidate, weights stored as integers."""
        variants = Variants(self.prepared.model, models, groups)
        return with_integer_weights(compose(variants, candidate))

    def is_smallest(self, models: Mapping[Precision, ov.Model], groups: tuple[Group, ...]) -> bool:
        """Whether no precision stores the weights in fewer bytes than the first does."""
        first, *others = (
            sum(weight_bytes(self.composed(models, groups, whole)).values())
            for whole in (Candidate.uniform(groups, name) for name in models)
        )
        return all(first <= other for other in others)
