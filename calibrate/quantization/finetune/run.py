"""Tune an OpenVINO model: from two models and samples to a variant."""

import openvino as ov

from calibrate.quantization.finetune.agreement import check_twin
from calibrate.quantization.finetune.checkpoint import Checkpoint
from calibrate.quantization.finetune.decoder_losses import loss_for
from calibrate.quantization.finetune.decompression import find_decompressions, with_quantizers
from calibrate.quantization.finetune.graph import read_graph
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.quantization.finetune.tuning import Tuning, tune
from calibrate.quantization.finetune.twin import Twin
from calibrate.quantization.finetune.write_back import write_back
from calibrate.quantization.recipes.base import (
    RecipeContext,
    TuningInputs,
    TuningRecord,
    Variant,
)

_COMPARED = 2
"""Number of samples on which the PyTorch model is compared with OpenVINO."""


def tuned_variant(model: ov.Model, context: RecipeContext, inputs: TuningInputs) -> Variant:
    """Tune the start model's constants to reproduce the FP32 model.

    Args:
        model: prepared FP32 model; left unchanged.
        context: samples in random order.
        inputs: the start model, which is left unchanged, and limits.

    Raises:
        UnsupportedOperationError: an operation has no differentiable form.
        NotApplicableError: the PyTorch model of FP32 differs from OpenVINO's.
    """
    watched = inputs.watched(model)
    teacher = read_graph(watched)
    difference = check_twin(watched, teacher, context.feeds[:_COMPARED])
    start = inputs.watched(inputs.start)
    compressed = find_decompressions(start, model)
    graph = with_quantizers(read_graph(start), compressed)
    options = TuningOptions(minutes=inputs.minutes, updates=inputs.updates, seed=context.seed)
    result = tune(
        Tuning(
            graph, teacher, loss_for(inputs.decoder, Twin(graph).shapes()), context.feeds, options
        ),
        Checkpoint(inputs.checkpoint, inputs.key),
        expired=context.expired,
        advance=context.advance,
        planned=lambda updates: inputs.stage("Fine-tuning", updates),
    )
    record = TuningRecord(
        samples=result.samples,
        validation=result.validation,
        planned=result.steps,
        curve=result.curve,
        difference=difference,
    )
    return Variant(write_back(inputs.start, result.tuned, compressed), record)
