"""What each fallback to FP32 cost in time, and what it bought in damage avoided."""

from dataclasses import dataclass

from calibrate.core.precision import FP32
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
    """The groups in FP32, in network order."""
    everything = sum(damage(group) or 0.0 for group in report.groups)
    whole = sum(group.microseconds.get(FP32.name, 0.0) for group in report.groups)
    found = []
    for group in report.groups:
        if group.precision != FP32.name:
            continue
        avoided, saved = damage(group), saving(group)
        found.append(
            Fallback(
                group=group,
                avoided=avoided or 0.0,
                avoided_share=(avoided or 0.0) / everything if everything > 0 else 0.0,
                given_up=saved or 0.0,
                given_up_share=(saved or 0.0) / whole if whole > 0 else 0.0,
                measured=avoided is not None,
                timed=saved is not None,
            )
        )
    return tuple(found)


def damage(group: GroupFacts) -> float | None:
    """Divergence with the group alone in INT8, at its best INT8 precision; None if not measured."""
    known = [value for name, value in group.sensitivity.items() if name != FP32.name]
    return min(known, default=None)


def saving(group: GroupFacts) -> float | None:
    """Microseconds that INT8 saves in the group; None if not measured."""
    quantized = [value for name, value in group.microseconds.items() if name != FP32.name]
    if not quantized or FP32.name not in group.microseconds:
        return None
    return group.microseconds[FP32.name] - min(quantized)
