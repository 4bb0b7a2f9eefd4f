"""The images whose prediction changed, sorted by the effect on the score."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from calibrate.report.changes_section import Change
from calibrate.report.schema import Report

Effect = Literal["lost", "gained", "other"]
_ORDER: tuple[Effect, ...] = ("lost", "gained", "other")


@dataclass(frozen=True, slots=True)
class Changed:
    """One image.

    Attributes:
        change: its facts.
        effect: a right answer was lost, or gained, or neither.
        label: name of the class it is annotated with; empty where it has none.
        fp32: name of the class that FP32 predicts.
        int8: name of the class that the result predicts.
    """

    change: Change
    effect: Effect
    label: str
    fp32: str
    int8: str


def changed(report: Report) -> tuple[Changed, ...]:
    """Return lost answers first, then gained ones, then those wrong before and after."""
    return tuple(
        Changed(
            change=change,
            effect=effect(change),
            label="" if change.label is None else class_name(report, change.label),
            fp32=class_name(report, change.fp32),
            int8=class_name(report, change.int8),
        )
        for change in by_effect(report.changes)
    )


def by_effect(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort lost answers first, then gained ones, then the others; stable otherwise."""
    return tuple(sorted(changes, key=lambda change: _ORDER.index(effect(change))))


def effect(change: Change) -> Effect:
    """Return the effect of a change on the score."""
    if change.label == change.fp32:
        return "lost"
    return "gained" if change.label == change.int8 else "other"


def class_name(report: Report, index: int) -> str:
    """Return number and name of a class: `508 computer keyboard`; the number if it has no name."""
    known = 0 <= index < len(report.labels)
    return f"{index} {report.labels[index]}" if known else f"class {index}"
