"""Histograms of weights and activations for the report, against their quantization ranges."""

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.core.precision import Group, Precision
from calibrate.evaluation.weight_ranges import QuantizedWeights, quantized_weights
from calibrate.report.search_section import Histogram, WeightFacts

BINS = 40


def histogram(values: NDArray[np.floating], low: float, high: float) -> Histogram | None:
    """Count values in equal bins; None without a finite value or without a range.

    Args:
        values: any shape; NaN and infinities are left out.
        low: lower edge of the first bin.
        high: upper edge of the last bin; values beyond count in the outer bins.
    """
    finite = values[np.isfinite(values)]
    if not finite.size or not high > low:
        return None
    counts, _ = np.histogram(finite.clip(low, high), BINS, (low, high))
    shares = tuple(round(float(count), 6) for count in counts / finite.size)
    return Histogram(low=low, high=high, shares=shares)


def weight_facts(
    groups: Sequence[Group], precisions: Sequence[Precision], models: Mapping[Precision, ov.Model]
) -> tuple[WeightFacts, ...]:
    """Return the weights of groups against the ranges in which they are rounded.

    Args:
        groups: groups to show.
        precisions: INT8 precision of each.
        models: models with FakeQuantize operations, by precision.
    """
    facts = (
        _facts(group.name, weights)
        for group, precision in zip(groups, precisions, strict=True)
        for weights in quantized_weights(models[precision], group.quantizers)
    )
    return tuple(entry for entry in facts if entry is not None)


def _facts(group: str, weights: QuantizedWeights) -> WeightFacts | None:
    counted = histogram(weights.relative, -1.0, 1.0)
    if counted is None:
        return None
    limits = np.sort(weights.limits.reshape(-1))
    return WeightFacts(
        group=group,
        layer=weights.layer,
        channels=limits.size,
        least_range=float(limits[0]),
        median_range=float(np.median(limits)),
        greatest_range=float(limits[-1]),
        histogram=counted,
    )
