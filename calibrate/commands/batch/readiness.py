"""The runs of a batch before they are made: which are finished, broken, or ready to start."""

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
from calibrate.errors import CalibrateError
from calibrate.report.commands.batch import BatchReport, Row, finished
from calibrate.report.load import load_report


@dataclass(frozen=True, slots=True)
class Ready:
    """A run whose config is right.

    Attributes:
        planned: as given.
        output: its folder.
        timeout: seconds that its config gives the search, None without a limit.
        memory_limit: MiB likewise.
        row: name, files and basis.
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
    """The arguments of `calibrate` for one run.

    Args:
        ready: the run.
        timing_lock: the file by which runs side by side take turns in timing.
        timeout: seconds of the batch's time for it, None without a limit.
        memory: MiB likewise.
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
    """Each run with its config read; a row for one whose config is wrong."""
    found: list[Ready | Row] = []
    owners: dict[Path, str] = {}
    for one in planned:
        row = Row(name=one.name, config=str(one.config), outcome="failed", message="")
        try:
            resolved = load_config(one.config, overrides=one.overrides, allow_plugins=allow_plugins)
            output = resolved.config.output.dir.absolute()
            owner = owners.setdefault(output.resolve(), one.name)
            if owner != one.name:
                raise CalibrateError(
                    f"{owner} writes to the same folder",
                    where=str(output),
                    hint="give each an output.dir of its own, or all a parent with --output-dir",
                )
            found.append(_ready(one, resolved, output, row, folder))
        except CalibrateError as error:
            found.append(row.model_copy(update={"message": str(error)}))
    return found


def _ready(one: Planned, resolved: Resolved, output: Path, row: Row, folder: Path) -> Ready:
    files = {"report": str(output / "report.json"), "log": str(_log(folder, one))}
    search = resolved.config.search
    known = row.model_copy(update={**files, "basis": input_digest(resolved)})
    return Ready(one, output, search.timeout, search.memory_limit, known)


def earlier_rows(path: Path, progress: Progress) -> Mapping[str, Row]:
    """Rows of an earlier sitting by name."""
    try:
        report = BatchReport.model_validate_json(read_regular(path, MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError):
        progress.note(f"{path} cannot be read, so every run is looked at again")
        return {}
    return {row.name: row for row in report.rows}


def kept(ready: Ready, earlier: Mapping[str, Row]) -> Row | None:
    """The row of a run that an earlier sitting has finished, if all is still as it was."""
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
    known = ready.row.model_copy(update={"limit": row.limit})
    return finished(report, known, seconds=row.seconds, exit_code=row.exit_code, kept=True)


def _log(folder: Path, planned: Planned) -> Path:
    return folder / f"{planned.name}.log"


def _least(*given: float | None) -> float | None:
    return min((one for one in given if one is not None), default=None)
