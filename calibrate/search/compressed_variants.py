"""Build the variants that only compress weights, from the config; they are stored as models."""

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.context.cache_keys import digest_of, indices_digest
from calibrate.context.run_context import RunContext
from calibrate.core.precision import ComputeType, Precision, compressed_weights
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.models.inputs import batch_of
from calibrate.quantization.weight_compression import compress, set_group_size
from calibrate.runtime.cpu import this_cpu


def compressed_models(context: RunContext) -> dict[Precision, ov.Model]:
    """Return the FP32 model with all its weights compressed, for each such precision of the config.

    Each also fixes how the plugin quantizes the activations of these layers.

    Raises:
        CalibrateError: NNCF refuses the settings or the model.
    """
    settings = context.resolved.config.quantization
    precisions = compressed_precisions(settings, context.baseline.compute_type)
    if precisions and settings.dynamic_quantization_group_size and not this_cpu().vnni:
        context.progress.note(
            "Activations are quantized at run time only on CPUs with VNNI: on this CPU they are "
            "measured in floating point, so the written model gives other outputs with VNNI."
        )
    return {precision: _compressed(context, precision) for precision in precisions}


def compressed_precisions(
    settings: Quantization, compute_type: ComputeType
) -> tuple[Precision, ...]:
    """Return the precisions that only compress weights and compute in deployed floating point."""
    return tuple(
        compressed_weights(value.name, value.weight_bits, compute_type)
        for value in settings.precision_values
        if value.compresses_weights
    )


def scaled_precisions(settings: Quantization, compute_type: ComputeType) -> tuple[Precision, ...]:
    """Return the precisions for which AWQ may have moved scales between layers."""
    return tuple(
        precision
        for precision in compressed_precisions(settings, compute_type)
        if settings.compressions[precision.name].awq
    )


def _compressed(context: RunContext, precision: Precision) -> ov.Model:
    settings = context.resolved.config.quantization
    compression = settings.compressions[precision.name]
    size = settings.dynamic_quantization_group_size
    batch, fp32 = batch_of(context.baseline.plans), context.baseline.model
    calibration = context.data.calibration[
        : compression.subset_size if compression.wants_images else 0
    ]

    def make() -> ov.Model:
        feeds = CalibrationBatches(context.data.calibration_tensors, calibration, batch)
        context.costs.spend(inferences=len(feeds))
        where = f"quantization.weight_compression.{precision}"
        model = compress(fp32, feeds, compression, settings.ignored_scope, where=where)
        set_group_size(model, size)
        return model

    dependencies = [
        indices_digest(calibration, batch),
        *([context.data.calibration_digest] if context.data.calibration_digest else []),
        settings.ignored_scope.model_dump_json(),
    ]
    samples = digest_of([*dependencies, str(size)])
    return context.store.quantized(make, compression, samples, fp32)
