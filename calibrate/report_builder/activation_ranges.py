"""For the report: how the calibrated ranges of the worst groups fit what came afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import openvino as ov

from calibrate.context.cache_keys import digest_of
from calibrate.core.precision import INT8, Candidate, Precision
from calibrate.evaluation.activation_ranges import (
    ObservedRange,
    WatchedTensor,
    observe_ranges,
    watched_tensors,
)
from calibrate.report.search_section import RangeFacts
from calibrate.search.variant_store import VariantStore
from calibrate.store.base import Content

_IMAGES = 16
"""Enough for every value that is no rarity; the worst of a layer shows in a few images."""
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Origin:
    """What ranges were observed on, and how those that are shown were chosen."""

    images: int
    calibrated: bool
    ranked_by: Literal["sensitivity", "clipping"]


def range_facts(variant_store: VariantStore, chosen: Candidate) -> tuple[RangeFacts, ...]:
    """The ranges of the most sensitive groups, or of those that clip most where none was measured.

    Seen on acceptance images that calibration did not use, where there are such. Nothing is
    chosen by it.
    """
    context, groups = variant_store.context, variant_store.groups
    offered = [group.precisions[0] for group in groups]
    precisions = [
        offer if given.is_float else given for given, offer in zip(chosen, offered, strict=True)
    ]
    # A group of precisions that no model was made for is one that cannot be quantized.
    models = {name: model for name, model in variant_store.models.items() if name in precisions}
    if not groups or set(precisions) - set(models) or INT8 not in variant_store.models:
        return ()
    watching = watched_tensors(models, precisions, [group.quantizers for group in groups])
    calibrated = set(context.images.calibration)
    unused = [index for index in context.images.acceptance if index not in calibrated]
    images = (unused or context.images.acceptance)[:_IMAGES]
    with context.costs.stage("ranges"):
        context.progress.stage("Comparing ranges")
        found = _seen(variant_store, models, watching, images)
    damages = {
        index: variant_store.damages[index, precision].mean
        for index, precision in enumerate(precisions)
        if (index, precision) in variant_store.damages
    }

    def badness(position: int) -> tuple[float, float]:
        return damages.get(watching[position].group, 0.0), found[position].outside

    worst = sorted(found, key=badness, reverse=True)[:_SHOWN]
    origin = _Origin(len(images), not unused, "sensitivity" if damages else "clipping")
    return tuple(
        _facts(groups[watching[k].group].name, watching[k], found[k], origin) for k in worst
    )


def _seen(
    variant_store: VariantStore,
    models: Mapping[Precision, ov.Model],
    watching: Sequence[WatchedTensor],
    images: Sequence[int],
) -> dict[int, ObservedRange]:
    """What flowed through the watched tensors, run or recorded."""
    context = variant_store.context

    def observe() -> Content:
        found = observe_ranges(
            context.prepared.model, context.images.tensors, images, watching, context.costs
        )
        return {"seen": [[position, asdict(one)] for position, one in found.items()]}

    depends = {precision.name: context.store.digest(model) for precision, model in models.items()}
    tensors = [f"{one.tensor}:{one.port}" for one in watching]
    depends["watched"] = digest_of([*tensors, *map(str, images)])
    recorded = context.store.get_or_compute("ranges", depends, observe)["seen"]
    return {position: ObservedRange(**one) for position, one in recorded}


def _facts(group: str, one: WatchedTensor, seen: ObservedRange, origin: _Origin) -> RangeFacts:
    return RangeFacts(
        group=group,
        tensor=one.tensor,
        low=float(one.low.min()),
        high=float(one.high.max()),
        observed_low=seen.low,
        observed_high=seen.high,
        # The order of summation inside of the plugin may differ from run to run.
        outside=round(seen.outside, 7),
        images=origin.images,
        calibrated=origin.calibrated,
        ranked_by=origin.ranked_by,
    )
