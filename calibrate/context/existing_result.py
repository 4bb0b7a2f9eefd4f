"""What stands in the output folder already, and whether it may be replaced."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calibrate.config.digest import influence
from calibrate.config.resolved import Resolved
from calibrate.context.load_model import read_foreign
from calibrate.core.precision import FP32
from calibrate.core.progress import Progress
from calibrate.errors import CalibrateError
from calibrate.models.certificate import certificate_of, is_intact
from calibrate.models.write import digest_files
from calibrate.report.schema import Report

_HINT = "choose another --output-dir, or overwrite it with --force"
_TIMES: dict[str, Any] = {"created": True, "cost": True, "recipes": {"__all__": {"seconds"}}}
"""What of a report differs each time the same run is made."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A result of the same run that stands in the output folder.

    Attributes:
        passed: whether it is within budget.
        fallen_back: groups in FP32.
        report: that goes with it, None where there is none.
    """

    passed: bool
    fallen_back: int
    report: Report | None


def look_at(path: Path, resolved: Resolved, progress: Progress, *, force: bool) -> Existing | None:
    """The result that stands at `path`, None where there is none or `force` gives it up.

    Args:
        path: of the .xml that would be written.
        resolved: this run's config.
        progress: told if the result is damaged.
        force: replace whatever there is.

    Raises:
        CalibrateError: it is the result of another config or model, or no result at all.
    """
    if force or not path.exists():
        return None
    try:
        model = read_foreign(path)
        certificate = certificate_of(model)
    except CalibrateError as error:
        raise CalibrateError(
            "there is a file that is no result of calibrate", where=str(path), hint=_HINT
        ) from error
    if certificate is None:
        raise CalibrateError(
            "there is a model that calibrate has not written", where=str(path), hint=_HINT
        )
    source = resolved.config.model.path
    read_foreign(source)
    if certificate.get("source", {}).get("digest") != digest_files(source):
        raise CalibrateError("there is the result of another model", where=str(path), hint=_HINT)
    changed = _changed(certificate.get("config", {}), resolved.document)
    if changed:
        raise CalibrateError(
            f"there is the result of another config, which differs in {', '.join(changed)}",
            where=str(path),
            hint=_HINT,
        )
    if not is_intact(model, certificate):
        progress.note(f"{path} is not what was written any more; it is written again")
        return None
    passed = bool(certificate.get("verdict", {}).get("passed"))
    fallen_back = len(certificate.get("not_int8", {}))
    return Existing(passed, fallen_back, _report(path.with_name("report.json"), path))


def refuse_worse(existing: Existing | None, report: Report, path: Path, *, expired: bool) -> None:
    """Keep a result that is within budget from one that is not, or that is worse for want of time.

    Args:
        existing: what is there.
        report: of the new result.
        path: where it would be written.
        expired: whether the search ran out of time.

    Raises:
        CalibrateError: the new one is worse.
    """
    if existing is None or not existing.passed:
        return
    if not report.verdict.passed:
        worse = "is over budget"
    elif expired and _fallen_back(report) > existing.fallen_back:
        worse = "ran out of time and leaves more in FP32"
    else:
        return
    raise CalibrateError(
        f"the new result {worse}, so the one that is there stays",
        where=str(path),
        hint="raise search.timeout, or replace it nevertheless with --force",
    )


def is_same(first: Report, second: Report) -> bool:
    """Whether two reports say the same of the same, apart from times and dates."""
    one, other = (report.model_dump(mode="json", exclude=_TIMES) for report in (first, second))
    return one == other


def _fallen_back(report: Report) -> int:
    return sum(group.precision == FP32 for group in report.groups)


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Sections that differ in what can change a result."""
    one, other = influence(before), influence(json.loads(json.dumps(now)))
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _report(path: Path, written: Path) -> Report | None:
    try:
        report = Report.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None
    return report if report.model.written == str(written) else None
