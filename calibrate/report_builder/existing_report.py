"""Decide whether a new result may replace an existing one, and whether it differs."""

from pathlib import Path
from typing import Any

from calibrate.context.existing_result import ExistingResult
from calibrate.core.precision import FLOAT_NAMES
from calibrate.errors import CalibrateError
from calibrate.report.schema import Report

_TIMES: dict[str, Any] = {"created": True, "cost": True, "recipes": {"__all__": {"seconds"}}}
"""Fields that differ between reports of the same run."""


def refuse_worse(
    existing: ExistingResult | None, report: Report, path: Path, *, expired: bool
) -> None:
    """Refuse to replace a result within budget by one over it, or by a worse one after a timeout.

    Args:
        existing: the existing result.
        report: report of the new result.
        path: path of the model to write.
        expired: whether the search ran out of time.

    Raises:
        CalibrateError: the new one is worse.
    """
    if existing is None or not existing.passed:
        return
    if not report.verdict.passed:
        worse = "is over budget"
    elif expired and _fallen_back(report) > existing.fallen_back:
        worse = "ran out of time and leaves more in floating point"
    else:
        return
    raise CalibrateError(
        f"the new result {worse}, so the existing one is kept",
        where=str(path),
        hint="raise search.timeout, or replace it nevertheless with --force",
    )


def is_same(first: Report, second: Report) -> bool:
    """Return whether two reports are equal apart from times and dates."""
    first_content, second_content = (
        report.model_dump(mode="json", exclude=_TIMES) for report in (first, second)
    )
    return first_content == second_content


def _fallen_back(report: Report) -> int:
    return sum(group.precision in FLOAT_NAMES for group in report.groups)
