"""Build the report's error of each INT8 layer by itself."""

import openvino as ov

from calibrate.context.cache_keys import digest_of
from calibrate.context.run_context import RunContext
from calibrate.core.costs import Spent
from calibrate.core.precision import Candidate
from calibrate.core.stage import Stage
from calibrate.core.subset_sizes import LAYER_ERROR_IMAGES
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.models.inputs import batch_of
from calibrate.quantization.layer_errors import layer_errors
from calibrate.quantization.variants import Variants
from calibrate.store.base import Content


def group_errors(context: RunContext, variants: Variants, chosen: Candidate) -> dict[str, float]:
    """Return the largest error of each group's INT8 layers, by the group's name.

    Groups in floating point get the error that INT8, as it was offered, would have.

    Args:
        context: FP32 model and samples.
        variants: the groups, and the models that quantize them.
        chosen: the answer.
    """
    groups = variants.groups
    precisions = [
        group.precisions[0] if given.is_float else given
        for group, given in zip(groups, chosen, strict=True)
    ]
    errors: dict[str, float] = {}
    for precision in dict.fromkeys(precisions):
        if precision.is_float or precision not in variants.models:
            continue
        by_layer = _measured(context, variants.models[precision])
        for group, given in zip(groups, precisions, strict=True):
            of_group = [by_layer[name] for name in group.operations if name in by_layer]
            if given == precision and of_group:
                errors[group.name] = max(of_group)
    return errors


def layer_errors_cost(calibration: int) -> Spent:
    """Return the compilations and inferences of `group_errors` for one precision.

    Args:
        calibration: number of calibration samples.
    """
    return Spent.evaluations(1, min(LAYER_ERROR_IMAGES, calibration))


def _measured(context: RunContext, model: ov.Model) -> dict[str, float]:
    """Return the errors of a quantized model's layers, measured or from the store."""
    images = context.data.calibration[:LAYER_ERROR_IMAGES]
    feeds = CalibrationBatches(
        context.data.calibration_tensors, images, batch_of(context.baseline.plans)
    )

    def measure() -> Content:
        context.costs.spend(inferences=len(feeds), compilations=1)
        return {"errors": layer_errors(model, context.baseline.model, feeds)}

    with context.costs.stage(Stage.LAYER_ERRORS):
        context.progress.stage("Comparing layers")
        depends = {
            "model": context.store.digest(model),
            "images": digest_of([*map(str, images)]),
        }
        errors: dict[str, float] = context.store.get_or_compute("layer errors", depends, measure)[
            "errors"
        ]
    return errors
