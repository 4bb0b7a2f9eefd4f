"""Read a report from its JSON format."""

import json
from pathlib import Path

from pydantic import ValidationError

from calibrate.core.bounded_json import MAX_BYTES
from calibrate.core.regular_file import read_regular
from calibrate.core.text import shown
from calibrate.errors import CalibrateError
from calibrate.report.schema import VERSION, Report

_HINT = "give the report.json that `calibrate run` wrote"


def load_report(path: Path) -> Report:
    """Read the report of a finished run.

    Raises:
        CalibrateError: the file cannot be read, or is no report that this version can read.
    """
    where = shown(path)
    try:
        data = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise CalibrateError(f"cannot be read: {error.strerror}", where, _HINT) from error
    return parse(data, where)


def parse(data: bytes, where: str) -> Report:
    """Parse the report in a file's bytes.

    Raises:
        CalibrateError: the bytes are no JSON, or the JSON is no report; the first problem.
    """
    try:
        return Report.model_validate_json(data)
    except ValidationError as error:
        raise CalibrateError(_problem(data, error), where, _HINT) from error


def _problem(data: bytes, error: ValidationError) -> str:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return "is no JSON, or only a part of it"
    if not isinstance(content, dict):
        return "is JSON, but no report"
    if "state" in content and isinstance(problems := content.get("problems"), list):
        reasons = "".join(f": {shown(str(problem))}" for problem in problems[:1])
        text = f"is the report of a run without a result ({shown(content['state'])}{reasons})"
        if previous := content.get("previous"):
            text += f"; that of the earlier result is {shown(str(previous))} in the same folder"
        return text
    if wrong := _wrong_version(content):
        return wrong
    unknown = [
        unknown_field
        for unknown_field in error.errors()
        if unknown_field["type"] == "extra_forbidden"
    ]
    if len(unknown) == error.error_count():
        names = ", ".join(
            shown(".".join(map(str, unknown_field["loc"]))) for unknown_field in unknown[:3]
        )
        return f"is of a newer calibrate: this one does not know {names}"
    first = error.errors(include_url=False, include_input=False)[0]
    place = shown(".".join(str(part) for part in first["loc"]))
    more = f" (and {error.error_count() - 1} more problems)" if error.error_count() > 1 else ""
    return f"is no report: {place or 'as a whole'}: {shown(first['msg'])}{more}"


def _wrong_version(content: dict[str, object]) -> str:
    """Say why a report of another version cannot be read; empty if the version is supported."""
    version = content.get("version")
    if not isinstance(version, int) or version == VERSION:
        return ""
    if version > VERSION:
        return f"is a report of version {version}; this calibrate reads up to {VERSION}"
    if "verdict" not in content:
        return ""
    return f"is a report of version {version}, of an earlier calibrate; make the run again"
