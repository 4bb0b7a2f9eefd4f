"""The time that each fallback to FP32 costs and the divergence that it avoids."""

from collections.abc import Mapping
from dataclasses import dataclass

from calibrate.core.precision import FLOAT_NAMES, FP32
from calibrate.report.schema import Report
from calibrate.report.search_section import GroupFacts


@dataclass(frozen=True, slots=True)
class Fallback:
    """One group that runs in FP32.

    Attributes:
        group: its facts.
        avoided: divergence that the group alone would have added in INT8; 0 if not measured.
        avoided_share: of the sum over all groups, 0-1.
        given_up: microseconds that INT8 would have saved, negative where FP32 is faster.
        given_up_share: of the time of all groups in FP32.
        measured: whether the sensitivity is known.
        timed: whether the time is known.
    """

    group: GroupFacts
    avoided: float
    avoided_share: float
    given_up: float
    given_up_share: float
    measured: bool
    timed: bool


def fallbacks(report: Report) -> tuple[Fallback, ...]:
    """Return the groups in FP32, in network order."""
    total_sensitivity = sum(int8_sensitivity(group) or 0.0 for group in report.groups)
    total_time = sum(group.microseconds.get(FP32.name, 0.0) for group in report.groups)
    rows = []
    for group in report.groups:
        if group.precision != FP32.name:
            continue
        avoided, saved = int8_sensitivity(group), saving(group)
        rows.append(
            Fallback(
                group=group,
                avoided=avoided or 0.0,
                avoided_share=(avoided or 0.0) / total_sensitivity
                if total_sensitivity > 0
                else 0.0,
                given_up=saved or 0.0,
                given_up_share=(saved or 0.0) / total_time if total_time > 0 else 0.0,
                measured=avoided is not None,
                timed=saved is not None,
            )
        )
    return tuple(rows)


def int8_sensitivity(group: GroupFacts) -> float | None:
    """Return the divergence with the group alone at its best INT8 precision; None if unmeasured."""
    return min(quantized(group.sensitivity).values(), default=None)


def saving(group: GroupFacts) -> float | None:
    """Return the microseconds that INT8 saves in the group; None if not measured."""
    times = quantized(group.microseconds)
    if not times or FP32.name not in group.microseconds:
        return None
    return group.microseconds[FP32.name] - min(times.values())


def quantized(by_precision: Mapping[str, float]) -> dict[str, float]:
    """Return the figures of the precisions that quantize, without those of BF16, FP16 and FP32."""
    return {name: value for name, value in by_precision.items() if name not in FLOAT_NAMES}
