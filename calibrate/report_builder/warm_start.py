"""The precisions that an earlier report chose, read back for a warm start."""

from pathlib import Path

from calibrate.report.load import load_report
from calibrate.search.warm_start import EarlierChoice, WarmStart


def read_warm_start(path: Path) -> WarmStart:
    """The choice that a report holds.

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
