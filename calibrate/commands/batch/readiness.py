"""Sort the runs of a batch into finished, broken, and ready to start."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from calibrate.commands.batch.plan import Planned
from calibrate.config.load import load_config
from calibrate.config.overrides import spell_override
from calibrate.config.resolved import Resolved
from calibrate.context.input_digest import input_digest
from calibrate.core.bounded_json import MAX_BYTES
from calibrate.core.progress import Progress
from calibrate.core.regular_file import read_regular
from calibrate.core.variables import without_values
from calibrate.errors import CalibrateError
from calibrate.report.commands.batch import BatchReport, Row, finished
from calibrate.report.load import load_report


@dataclass(frozen=True, slots=True)
class Ready:
    """A run with a valid config.

    Attributes:
        planned: the run as planned.
        output: its output folder.
        timeout: seconds that its config gives the search, None without a limit.
        memory_limit: MiB, None without a limit.
        row: name, files and input digest.
    """

    planned: Planned
    output: Path
    timeout: float | None
    memory_limit: int | None
    row: Row


def command(
    ready: Ready,
    timing_lock: Path,
    *,
    timeout: float | None,
    memory: int | None,
    further: Sequence[str] = (),
) -> list[str]:
    """Return the arguments of `calibrate` for one run.

    Args:
        ready: the run.
        timing_lock: lock file by which parallel runs take turns in timing.
        timeout: seconds of the batch's time for it, None without a limit.
        memory: MiB of the batch's memory for it, None without a limit.
        further: options of `calibrate run` that all runs get.
    """
    shares = {
        "search.timeout": _least(timeout, ready.timeout),
        "search.memory_limit": _least(memory, ready.memory_limit),
    }
    overrides = [
        *ready.planned.overrides,
        *(spell_override(key, value) for key, value in shares.items() if value is not None),
    ]
    words = ["run", str(ready.planned.config)]
    words += ["--no-progress", "--wait", "--timing-lock", str(timing_lock)]
    return [
        *words,
        *further,
        *(word for o in overrides for word in ("--set", o)),
    ]


def prepare(
    planned: Sequence[Planned], folder: Path, *, allow_plugins: bool = True
) -> list[Ready | Row]:
    """Read the config of each run; return a row for one whose config is invalid."""
    runs: list[Ready | Row] = []
    owners: dict[Path, str] = {}
    for run in planned:
        row = Row(name=run.name, config=str(run.config), outcome="failed", message="")
        try:
            resolved = load_config(run.config, overrides=run.overrides, allow_plugins=allow_plugins)
            settings = resolved.config.output
            output = settings.dir.absolute()
            owner = owners.setdefault(Path(os.path.realpath(output)), run.name)
            if owner != run.name:
                raise CalibrateError(
                    f"{owner} writes to the same folder",
                    where=str(output),
                    hint="give each run another output.dir, or all a parent with --output-dir",
                )
            runs.append(_ready(run, resolved, output, row, folder))
        except CalibrateError as error:
            runs.append(row.model_copy(update={"message": without_values(str(error))}))
    return runs


def _ready(run: Planned, resolved: Resolved, output: Path, row: Row, folder: Path) -> Ready:
    files = {"report": str(output / "report.json"), "log": str(_log(folder, run))}
    search = resolved.config.search
    row = row.model_copy(update={**files, "basis": input_digest(resolved)})
    return Ready(run, output, search.timeout, search.memory_limit, row)


def earlier_rows(path: Path, progress: Progress) -> Mapping[str, Row]:
    """Return the rows of an earlier batch by name."""
    try:
        report = BatchReport.model_validate_json(read_regular(path, MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError):
        progress.note(f"{path} cannot be read, so every run is started again")
        return {}
    return {row.name: row for row in report.rows}


def kept(ready: Ready, earlier: Mapping[str, Row]) -> Row | None:
    """Return the row of a run that an earlier batch finished, if nothing has changed since."""
    row = earlier.get(ready.planned.name)
    if row is None or row.basis != ready.row.basis or row.outcome in ("failed", "not run"):
        return None
    if row.cut_short:
        return None
    try:
        report = load_report(ready.output / "report.json")
    except CalibrateError:
        return None
    written = Path(report.model.written) if report.model.written else None
    if written is None or not (written.is_file() and written.with_suffix(".bin").is_file()):
        return None
    limited = ready.row.model_copy(update={"limit": row.limit})
    return finished(report, limited, seconds=row.seconds, exit_code=row.exit_code, kept=True)


def _log(folder: Path, planned: Planned) -> Path:
    return folder / f"{planned.name}.log"


def _least(*given: float | None) -> float | None:
    return min((limit for limit in given if limit is not None), default=None)
