"""The variants that compress weights alone: made from the config, and kept like other models."""

import openvino as ov

from calibrate.context.cache_keys import digest_of, indices_digest
from calibrate.context.run_context import RunContext
from calibrate.core.precision import Precision, compressed_weights
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.models.inputs import batch_of
from calibrate.quantization.weight_compression import compress, set_group_size
from calibrate.runtime.cpu import this_cpu


def compressed_models(context: RunContext) -> dict[Precision, ov.Model]:
    """By precision asked for, the FP32 model with all its weights compressed.

    How the plugin quantizes activations in front of them is fixed in each.

    Raises:
        CalibrateError: NNCF refuses the settings or the model.
    """
    settings = context.resolved.config.quantization
    precisions = compressed_precisions(context)
    if precisions and settings.dynamic_quantization_group_size and not this_cpu().vnni:
        context.progress.note(
            "Activations are quantized at run time on CPUs with VNNI alone: what is measured here "
            "is floating point, and on such a CPU the written model would compute otherwise."
        )
    return {precision: _compressed(context, precision) for precision in precisions}


def compressed_precisions(context: RunContext) -> tuple[Precision, ...]:
    """Those that compress weights alone; they compute as the deployment's floating point does."""
    settings = context.resolved.config.quantization
    return tuple(
        compressed_weights(value.name, value.weight_bits, context.deployed.compute_type)
        for value in settings.precision_values
        if value.compresses_weights
    )


def scaled_precisions(context: RunContext) -> tuple[Precision, ...]:
    """Those that AWQ may have moved scales between layers for."""
    settings = context.resolved.config.quantization
    return tuple(
        precision
        for precision in compressed_precisions(context)
        if settings.compressions[precision.name].awq
    )


def _compressed(context: RunContext, precision: Precision) -> ov.Model:
    settings = context.resolved.config.quantization
    one, size = settings.compressions[precision.name], settings.dynamic_quantization_group_size
    batch, fp32 = batch_of(context.plans), context.prepared.model
    calibration = context.images.calibration[: one.subset_size if one.wants_images else 0]

    def make() -> ov.Model:
        feeds = CalibrationBatches(context.images.tensors, calibration, batch)
        context.costs.spend(inferences=len(feeds))
        where = f"quantization.weight_compression.{precision}"
        made = compress(fp32, feeds, one, settings.ignored_scope, where=where)
        set_group_size(made, size)
        return made

    told = [indices_digest(calibration, batch), settings.ignored_scope.model_dump_json()]
    samples = digest_of([*told, str(size)])
    return context.store.quantized(make, one, samples, fp32)
