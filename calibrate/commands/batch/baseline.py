"""Compare the runs of a batch with those of an earlier batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from calibrate.core.bounded_json import MAX_BYTES
from calibrate.core.regular_file import read_regular
from calibrate.errors import CalibrateError
from calibrate.report.baseline import Tolerances, compare, incomparable
from calibrate.report.commands.batch import BatchReport, Row
from calibrate.report.load import load_report
from calibrate.report.schema import Report


@dataclass(frozen=True, slots=True)
class BatchBaseline:
    """The reports of an earlier batch, read before anything overwrites them.

    Attributes:
        reports: reports by the run's name.
        tolerances: accepted changes.
    """

    reports: Mapping[str, Report] = field(default_factory=dict)
    tolerances: Tolerances = field(default_factory=Tolerances)

    def compared(self, row: Row) -> Row:
        """Return a row with its regressions since the earlier batch; unchanged without a report.

        Raises:
            CalibrateError: the row's report cannot be read.
        """
        before = self.reports.get(row.name)
        if before is None or row.report is None or row.outcome in ("failed", "not run"):
            return row
        report = load_report(Path(row.report))
        worse = compare(report, before, self.tolerances)
        return row.model_copy(
            update={
                "regressions": tuple(f"{entry.name}: {entry.message}" for entry in worse),
                "incomparable": incomparable(report, before),
            }
        )


def read_baseline(path: Path, tolerances: Tolerances) -> BatchBaseline:
    """Read the batch.json of an earlier batch, or that of a folder, and the reports of its runs.

    Raises:
        CalibrateError: a file cannot be read, or no run of the batch has a report.
    """
    file = path / "batch.json" if path.is_dir() else path
    try:
        batch = BatchReport.model_validate_json(read_regular(file, MAX_BYTES))
    except OSError as error:
        raise CalibrateError(
            f"cannot be read: {error.strerror}", where=str(file), hint="give a batch.json"
        ) from error
    except ValidationError as error:
        raise CalibrateError(
            "it is not the batch.json of this version",
            where=str(file),
            hint="for a single config, give its report.json",
        ) from error
    reports = {
        row.name: load_report(_report(row.report, row.name, file.parent))
        for row in batch.rows
        if row.report is not None and row.outcome not in ("failed", "not run")
    }
    if not reports:
        raise CalibrateError("no run of this batch has a report", where=str(file))
    return BatchBaseline(reports, tolerances)


def _report(recorded: str, name: str, folder: Path) -> Path:
    """Return the report's path; that beside the batch.json if the batch was moved."""
    moved = folder / name / Path(recorded).name
    return moved if moved.is_file() else Path(recorded)
