"""Build the report's section that compares calibrated ranges with values observed later."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import openvino as ov

from calibrate.context.cache_keys import digest_of
from calibrate.context.run_context import RunContext
from calibrate.core.costs import Spent
from calibrate.core.precision import INT8, Candidate, Precision
from calibrate.core.stage import Stage
from calibrate.core.subset_sizes import HISTOGRAM_IMAGES, RANGE_IMAGES
from calibrate.evaluation.activation_ranges import (
    ObservedRange,
    WatchedTensor,
    observe_ranges,
    sample_values,
    watched_tensors,
)
from calibrate.quantization.variants import Variants
from calibrate.report.search_section import Histogram, RangeFacts, WeightFacts
from calibrate.report_builder.histograms import histogram, weight_facts
from calibrate.search.sensitivity import Sensitivities
from calibrate.store.base import Content

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Origin:
    """The images that ranges were observed on, and the ranking of those shown."""

    images: int
    calibrated: bool
    ranked_by: Literal["sensitivity", "clipping"]


def range_facts(
    context: RunContext, variants: Variants, chosen: Candidate, damages: Sensitivities
) -> tuple[tuple[RangeFacts, ...], tuple[WeightFacts, ...]]:
    """Return the ranges of the most sensitive groups, or of those that clip most if unmeasured.

    Ranges are observed on acceptance images that calibration did not use, if there are any.
    They influence no choice.

    Args:
        context: FP32 model and samples.
        variants: the groups, and the models that quantize them.
        chosen: the result's precisions.
        damages: sensitivities of groups at precisions, as far as they were measured.

    Returns:
        Of activations, and of the weights of the same groups.
    """
    groups = variants.groups
    offered = [group.precisions[0] for group in groups]
    precisions = [
        offer if given.is_float else given for given, offer in zip(chosen, offered, strict=True)
    ]
    # A precision without a model belongs to a group that cannot be quantized.
    models = {name: model for name, model in variants.models.items() if name in precisions}
    if not groups or set(precisions) - set(models) or INT8 not in variants.models:
        return (), ()
    watching = watched_tensors(models, precisions, [group.quantizers for group in groups])
    calibrated = context.data.calibrated
    unused = [index for index in context.data.acceptance if index not in calibrated]
    images = (unused or context.data.acceptance)[:RANGE_IMAGES]
    with context.costs.stage(Stage.RANGES):
        context.progress.stage("Comparing ranges")
        observed = _observed_ranges(context, models, watching, images)
        sensitivities = {
            index: damages[index, precision].mean
            for index, precision in enumerate(precisions)
            if (index, precision) in damages
        }

        def rank(position: int) -> tuple[float, float]:
            return sensitivities.get(watching[position].group, 0.0), observed[position].outside

        worst = sorted(observed, key=rank, reverse=True)[:_SHOWN]
        shown = [watching[k] for k in worst]
        spreads = _spreads(context, models, shown, [observed[k] for k in worst], images)
    origin = _Origin(len(images), not unused, "sensitivity" if sensitivities else "clipping")
    activations = tuple(
        _facts(groups[watching[k].group].name, watching[k], observed[k], origin).model_copy(
            update={"histogram": spread}
        )
        for k, spread in zip(worst, spreads, strict=True)
    )
    of_weights = list(dict.fromkeys(tensor.group for tensor in shown))
    weights = weight_facts(
        [groups[index] for index in of_weights], [precisions[index] for index in of_weights], models
    )
    return activations, weights


def ranges_cost(images: int) -> Spent:
    """Return the compilations and inferences of `range_facts`: the extremes, then histograms.

    Args:
        images: number of images of the acceptance set.
    """
    return Spent(0.0, 2, min(RANGE_IMAGES, images) + min(HISTOGRAM_IMAGES, images))


def _spreads(
    context: RunContext,
    models: Mapping[Precision, ov.Model],
    shown: Sequence[WatchedTensor],
    observed: Sequence[ObservedRange],
    images: Sequence[int],
) -> list[Histogram | None]:
    """Return the histogram of each shown tensor on the first images, or from the store."""
    first_images = images[:HISTOGRAM_IMAGES]

    def count() -> Content:
        values = sample_values(
            context.baseline.model, context.data.tensors, first_images, shown, context.costs
        )
        counted = []
        for position, (tensor, extent) in enumerate(zip(shown, observed, strict=True)):
            low = min(float(tensor.low.min()), extent.low)
            high = max(float(tensor.high.max()), extent.high)
            spread = histogram(values[position], low, high)
            counted.append(None if spread is None else spread.model_dump())
        return {"histograms": counted}

    depends = _depends(context, models, shown, first_images)
    recorded = context.store.get_or_compute("histograms", depends, count)["histograms"]
    return [None if entry is None else Histogram.model_validate(entry) for entry in recorded]


def _depends(
    context: RunContext,
    models: Mapping[Precision, ov.Model],
    watching: Sequence[WatchedTensor],
    images: Sequence[int],
) -> dict[str, str]:
    """Return the facts that measurements of watched tensors depend on."""
    store = context.store
    tensors = [f"{tensor.tensor}:{tensor.port}" for tensor in watching]
    return {
        **{precision.name: store.digest(model) for precision, model in models.items()},
        "watched": digest_of([*tensors, *map(str, images)]),
    }


def _observed_ranges(
    context: RunContext,
    models: Mapping[Precision, ov.Model],
    watching: Sequence[WatchedTensor],
    images: Sequence[int],
) -> dict[int, ObservedRange]:
    """Return the observed ranges of the watched tensors, measured or from the store."""

    def observe() -> Content:
        ranges = observe_ranges(
            context.baseline.model, context.data.tensors, images, watching, context.costs
        )
        return {
            "observed": [
                [position, asdict(observed_range)] for position, observed_range in ranges.items()
            ]
        }

    depends = _depends(context, models, watching, images)
    recorded = context.store.get_or_compute("ranges", depends, observe)["observed"]
    return {position: ObservedRange(**tensor) for position, tensor in recorded}


def _facts(
    group: str, tensor: WatchedTensor, observed: ObservedRange, origin: _Origin
) -> RangeFacts:
    return RangeFacts(
        group=group,
        tensor=tensor.tensor,
        low=float(tensor.low.min()),
        high=float(tensor.high.max()),
        observed_low=observed.low,
        observed_high=observed.high,
        # The order of summation inside of the plugin may differ from run to run.
        outside=round(observed.outside, 7),
        images=origin.images,
        calibrated=origin.calibrated,
        ranked_by=origin.ranked_by,
    )
