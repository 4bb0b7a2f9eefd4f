"""Checks of the model, the decoder and the FP32 baseline before anything is quantized."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import openvino as ov

from calibrate.config.resolved import Resolved
from calibrate.core.component import Outputs
from calibrate.core.costs import Costs, Spent
from calibrate.core.tensors import Tensors
from calibrate.core.text import shapes_text
from calibrate.errors import CalibrateError, raise_all
from calibrate.models.bodies import all_operations
from calibrate.models.inputs import InputPlan
from calibrate.models.static_shapes import static_shape
from calibrate.runtime.inference import LATENCY, THROUGHPUT, Network, output_shapes

CHECKED_SAMPLES = 4
"""Samples on which the source and the prepared model are compared."""
_RANDOM = {"RandomUniform", "Multinomial"}
_ROUNDING = 1e-2
"""Largest difference of outputs, relative to the largest of them, that counts as rounding."""


def check_decoder(resolved: Resolved, model: ov.Model) -> None:
    """Check that the decoder can read the model's outputs.

    Raises:
        CalibrateError: every mismatch.
    """
    shapes = output_shapes(model)
    hint = f"the model's outputs: {shapes_text(shapes)}"
    raise_all(
        [
            CalibrateError(problem, where="decoder", hint=hint)
            for problem in resolved.decoder.problems(shapes)
        ]
    )


def difference_cost(samples: int) -> Spent:
    """Return the compilations and inferences of `preparation_difference`.

    Args:
        samples: number of samples of the dataset.
    """
    return Spent.evaluations(2, min(CHECKED_SAMPLES, samples))


def preparation_difference(
    source: ov.Model,
    plans: Sequence[InputPlan],
    prepared: ov.Model,
    tensors: Tensors,
    costs: Costs,
) -> float:
    """Measure the largest absolute change that preparation makes to outputs, on real images.

    The source is compiled for latency and the prepared model for throughput, so that a model whose
    outputs depend on how OpenVINO compiles it is noticed too.

    Raises:
        CalibrateError: the difference is larger than rounding.
    """
    original = static_shape(source, plans)
    indices = range(min(CHECKED_SAMPLES, len(tensors)))

    def outputs_of(model: ov.Model, properties: Mapping[str, Any]) -> dict[int, Outputs]:
        outputs: dict[int, Outputs] = {}
        Network(model, costs, properties).run(tensors, indices, _collector(outputs))
        return outputs

    expected = outputs_of(original, LATENCY)
    largest, scale = _largest_difference(expected, outputs_of(prepared, THROUGHPUT))
    if largest <= _ROUNDING * max(scale, 1.0):
        return largest
    random = sorted({op.get_type_name() for op in all_operations(source)} & _RANDOM)
    if random:
        raise CalibrateError(
            f"the model draws random numbers ({', '.join(random)}): its outputs differ by up to "
            f"{largest:g} from inference to inference",
            where="model.path",
            hint="export it in evaluation mode, or with the noise as an input",
        )
    again, _ = _largest_difference(expected, outputs_of(original, THROUGHPUT))
    if again > _ROUNDING * max(scale, 1.0):
        raise CalibrateError(
            "OpenVINO computes other outputs when it compiles the same model again: they differ by "
            f"up to {again:g}",
            where="model.path",
            hint="no INT8 model can be compared with such outputs; export the model another way, "
            "and report this to OpenVINO",
        )
    raise CalibrateError(
        f"simplifying the model changed its outputs by up to {largest:g}",
        where="model.path",
        hint="convert it to an OpenVINO IR with ovc and calibrate that",
    )


def _largest_difference(
    first: Mapping[int, Outputs], second: Mapping[int, Outputs]
) -> tuple[float, float]:
    """Return the largest absolute difference of outputs, and the largest of the first outputs."""
    largest, scale = 0.0, 0.0
    for index, outputs in first.items():
        for before, after in zip(outputs.values(), second[index].values(), strict=True):
            expected, given = np.asarray(before, np.float64), np.asarray(after, np.float64)
            largest = max(largest, float(np.abs(expected - given).max(initial=0.0)))
            scale = max(scale, float(np.abs(expected).max(initial=0.0)))
    return largest, scale


def _collector(collected: dict[int, Outputs]) -> Callable[[int, Outputs], None]:
    def keep(index: int, outputs: Outputs) -> None:
        collected[index] = {name: np.array(array) for name, array in outputs.items()}

    return keep


def check_reference(resolved: Resolved, values: Sequence[float]) -> None:
    """Check the FP32 model's metric values.

    Args:
        resolved: config, for the published values.
        values: values of FP32 on all images, one per metric.

    Raises:
        CalibrateError: a value differs from the published one, is undefined on these images, or
            is 0 so that no drop can be computed.
    """
    problems = []
    for position, (judged, value) in enumerate(zip(resolved.metrics, values, strict=True)):
        where = f"metrics[{position}]"
        if not np.isfinite(value):
            problems.append(
                CalibrateError(
                    f"{judged.metric.label} of the FP32 model is undefined on these images",
                    where=where,
                    hint="check that the annotations contain what this metric counts",
                )
            )
            continue
        if judged.drop_type == "relative" and value == 0 and not judged.metric.higher_is_better:
            problems.append(
                CalibrateError(
                    f"{judged.metric.label} of the FP32 model is 0, so "
                    "a relative drop is undefined",
                    where=where,
                    hint="use `drop_type: absolute`",
                )
            )
        if judged.metric.higher_is_better and value == 0:
            problems.append(
                CalibrateError(
                    f"{judged.metric.label} of the FP32 model is 0, so no drop can be judged",
                    where=where,
                    hint="check preprocessing, label offset and decoder with `calibrate check`",
                )
            )
        threshold = judged.abs_threshold if judged.abs_threshold is not None else 0.01
        if judged.reference is not None and abs(value - judged.reference) > threshold:
            problems.append(
                CalibrateError(
                    f"{judged.metric.label} of the FP32 model is {value:.4f}, not "
                    f"{judged.reference:.4f} as `reference` says (within {threshold:g})",
                    where=where,
                    hint="preprocessing is the usual cause: channel order, mean and std, resize",
                )
            )
    raise_all(problems)
