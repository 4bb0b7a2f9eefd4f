"""A batch as one HTML page: a row for each run, with a link to its report."""

import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from calibrate.report import numbers
from calibrate.report.commands.batch import BatchReport, Row, drops, summary
from calibrate.report.formats.escape import printable, utf8
from calibrate.report.outcomes import STYLES


def batch_html(report: BatchReport, folder: Path) -> str:
    """Render one self-contained page.

    Args:
        report: of the batch.
        folder: that the page is written to; links to reports are relative to it.
    """
    return utf8(
        _environment()
        .get_template("batch.html.j2")
        .render(
            report=report,
            styles=STYLES,
            summary=summary(report.rows),
            numbers=numbers,
            drops=drops,
            link=lambda row: _link(row, folder),
            style=_style(),
        )
    )


def _link(row: Row, folder: Path) -> str:
    """Return the link to the run's HTML report, relative to the page; empty if there is none."""
    if row.report is None:
        return ""
    page = Path(row.report).with_name("report.html")
    if not page.is_file():
        return ""
    return Path(os.path.relpath(page.absolute(), folder.absolute())).as_posix()


def _style() -> str:
    folder = files("calibrate.report.formats") / "templates"
    return (folder / "style.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("calibrate.report.formats"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value, lines=True) if type(value) is str else value,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
