"""Read the precisions chosen in an earlier report, for a warm start."""

from pathlib import Path

from calibrate.report.load import load_report
from calibrate.search.warm_start import EarlierChoice, WarmStart


def read_warm_start(path: Path) -> WarmStart:
    """Read the choice of precisions in a report.

    Raises:
        CalibrateError: the file is no report.
    """
    return WarmStart(
        tuple(
            EarlierChoice(group.name, len(group.operations), group.precision)
            for group in load_report(path).groups
            if group.reason not in ("not quantizable", "user")
        )
    )
