"""The models of a run built from a few images; they run as fast as those of all images."""

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
    """The inputs of a probe: a few images, and models built from them.

    Attributes:
        resolved: a checked config.
        tensors: the images.
        plans: plans of the model's inputs.
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
        """Indices of all images."""
        return range(len(self.tensors))

    @property
    def settings(self) -> Quantization:
        """The config's quantization settings."""
        return self.resolved.config.quantization

    def calibration_batches(self, count: int) -> list[dict[int, NDArray[Any]]]:
        """Return the input batches of the first images."""
        batch = batch_of(self.plans)
        return [
            self.tensors.feed(list(self.indices)[start : min(start + batch, count)], batch)
            for start in range(0, count, batch)
        ]

    def quantized(self, settings: Quantization, count: int) -> ov.Model:
        """Return the model in INT8, calibrated on the first images."""
        calibration_batches = self.calibration_batches(count)
        return quantize(
            self.prepared.model,
            calibration_batches,
            settings,
            subset_size=len(calibration_batches),
            kept=self.kept,
        )

    def recipe_seconds(self, settings: Quantization, count: int) -> float:
        """Return the seconds of a recipe, after the config's settings have collected the ranges."""
        calibration_batches = self.calibration_batches(count)
        quantizer = Quantizer(self.prepared.model, calibration_batches, self.kept, ahead=[settings])
        quantizer.quantize(self.settings)
        begun = time.perf_counter()
        quantizer.quantize(settings)
        return time.perf_counter() - begun

    def first(self, settings: Quantization, count: int) -> Mapping[Precision, ov.Model]:
        """Return the models that `quantize_plain` builds, calibrated on the first images."""
        precisions = settings.precision_values
        made = {INT8: self.quantized(settings, count)} if INT8 in precisions else {}
        calibration_batches = self.calibration_batches(count)
        for name in (precision for precision in precisions if precision.compresses_weights):
            compression, where = (
                settings.compressions[name.name],
                f"quantization.weight_compression.{name}",
            )
            model = compress(
                self.prepared.model,
                calibration_batches,
                compression,
                settings.ignored_scope,
                where=where,
            )
            set_group_size(model, settings.dynamic_quantization_group_size)
            made[name] = model
        return made

    def groups(self, models: Mapping[Precision, ov.Model]) -> tuple[Group, ...]:
        """Return the groups that a run would find."""
        int8_groups = find_groups(models[INT8]) if INT8 in models else ()
        compressed = {name: model for name, model in models.items() if name != INT8}
        if not compressed:
            return int8_groups
        scaled = [name for name in compressed if self.settings.compressions[name.name].awq]
        return with_weights(int8_groups, self.prepared.model, compressed, scaled)

    def composed(
        self,
        models: Mapping[Precision, ov.Model],
        groups: tuple[Group, ...],
        candidate: Candidate,
    ) -> ov.Model:
        """Return the model of a candidate, weights stored as integers."""
        variants = Variants(self.prepared.model, models, groups)
        return with_integer_weights(compose(variants, candidate))

    def is_smallest(self, models: Mapping[Precision, ov.Model], groups: tuple[Group, ...]) -> bool:
        """Return whether the first precision stores the weights in the fewest bytes."""
        first, *others = (
            sum(weight_bytes(self.composed(models, groups, whole)).values())
            for whole in (Candidate.uniform(groups, name) for name in models)
        )
        return all(first <= other for other in others)
