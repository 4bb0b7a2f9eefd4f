"""Write the report files of a run; they are replaced at its start, so that none is stale."""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from calibrate.config.document import read_document
from calibrate.config.resolved import Resolved
from calibrate.config.tree import at
from calibrate.core.progress import Progress
from calibrate.core.variables import without_values
from calibrate.errors import CalibrateError, Problems
from calibrate.models.write import write_text
from calibrate.report.error_report import ErrorReport
from calibrate.report.formats.error import error_files
from calibrate.report.formats.files import FILE_NAMES, Form, files
from calibrate.report.load import load_report
from calibrate.report.schema import Report

PREVIOUS = "report.previous.json"
"""File that keeps the report of an earlier result until there is a new one."""


def earlier_report(folder: Path) -> Report | None:
    """Return the report of the result in a folder; None if there is none."""
    for name in (FILE_NAMES["json"], PREVIOUS):
        with suppress(CalibrateError):
            return load_report(folder / name)
    return None


def begin_reports(folder: Path, forms: Sequence[Form], model: str) -> None:
    """Replace existing reports by reports of an unfinished run.

    Args:
        folder: folder of the output.
        forms: formats of the config.
        model: its name.
    """
    _keep_previous(folder)
    for name in FILE_NAMES.values():
        (folder / name).unlink(missing_ok=True)
    _write(folder, forms, _error(folder, "unfinished", model, ()))


def fail_reports(folder: Path, forms: Sequence[Form], model: str, error: BaseException) -> None:
    """Write the error in every format; failing to write does not hide the error."""
    interrupted = isinstance(error, KeyboardInterrupt)
    state: Literal["interrupted", "failed"] = "interrupted" if interrupted else "failed"
    with suppress(OSError, CalibrateError):
        _keep_previous(folder)
        for name in FILE_NAMES.values():
            (folder / name).unlink(missing_ok=True)
        _write(folder, forms, _error(folder, state, model, problems_of(error)))


def fail_stale_reports(config: Path, overrides: Sequence[str], error: CalibrateError) -> None:
    """Replace the reports of an earlier run if its config can no longer be resolved.

    Nothing is written if the output folder cannot be determined, or contains no report.

    Args:
        config: the YAML file.
        overrides: `key.path=value` each.
        error: why it cannot be resolved.
    """
    try:
        node = at(read_document(config, overrides, os.environ).root, ("output", "dir"))
    except CalibrateError:
        return
    if node is None or not isinstance(node.value, str):
        return
    folder = node.place.file.parent / Path(node.value).expanduser()
    # A folder that cannot be read, perhaps for its name, contains no report.
    with suppress(OSError):
        stale = [form for form, name in FILE_NAMES.items() if (folder / name).is_file()]
        if stale:
            fail_reports(folder, stale, config.stem, error)


def finish_reports(report: Report, resolved: Resolved, progress: Progress) -> None:
    """Write the report in every format; a format that fails gets an error report.

    Args:
        report: report of the result.
        resolved: config, for the folder and the formats.
        progress: notes failed formats.
    """
    output = resolved.config.output
    for form in forms_of(resolved):
        try:
            texts = files(report, [form])
        except Exception as error:  # noqa: BLE001  # a failed format does not affect the others
            message = f"the report cannot be rendered as {form}: {type(error).__name__}: {error}"
            progress.note(message)
            failed = _error(output.dir, "failed", report.model.name, (message,))
            texts = error_files(failed, [form])
        for name, text in texts.items():
            write_text(text, output.dir / name)
    (output.dir / PREVIOUS).unlink(missing_ok=True)


def forms_of(resolved: Resolved) -> tuple[Form, ...]:
    """Return the formats of a run: JSON always, since other commands read it."""
    forms: dict[Form, None] = dict.fromkeys(("json", *resolved.config.output.reports))
    return tuple(forms)


def problems_of(error: BaseException) -> tuple[str, ...]:
    """Return the problems of an error, one sentence each, without values of `${VAR}`."""
    return tuple(without_values(text) for text in _sentences(error))


def _sentences(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, Problems):
        return tuple(str(problem) for problem in error.problems)
    if isinstance(error, CalibrateError):
        return (str(error),)
    if isinstance(error, KeyboardInterrupt):
        return ("The run was interrupted; its measurements are kept: repeat the command.",)
    return (f"{type(error).__name__}: {error}",)


def _keep_previous(folder: Path) -> None:
    """Move the report of a result aside; error reports are not kept."""
    path = folder / FILE_NAMES["json"]
    try:
        load_report(path)
    except CalibrateError:
        return
    path.replace(folder / PREVIOUS)


def _error(
    folder: Path,
    state: Literal["unfinished", "failed", "interrupted"],
    model: str,
    problems: Sequence[str],
) -> ErrorReport:
    return ErrorReport(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        state=state,
        model=model,
        problems=tuple(problems),
        previous=PREVIOUS if (folder / PREVIOUS).exists() else None,
    )


def _write(folder: Path, forms: Sequence[Form], report: ErrorReport) -> None:
    for name, text in error_files(report, forms).items():
        write_text(text, folder / name)
