"""The file formats of the report."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from calibrate.report.formats import html, junit, markdown
from calibrate.report.schema import Report

Form = Literal["json", "junit", "markdown", "html"]


def to_json(report: Report) -> str:
    """Serialize the record; `load.parse` reads it back."""
    return report.model_dump_json(indent=2) + "\n"


_RENDERERS: Mapping[Form, Callable[[Report], str]] = {
    "json": to_json,
    "junit": junit.render_junit,
    "markdown": markdown.render_markdown,
    "html": html.render_html,
}

# Not report.xml: a model may be called `report`, and its IR is an .xml too.
FILE_NAMES: Mapping[Form, str] = {
    "json": "report.json",
    "junit": "junit.xml",
    "markdown": "report.md",
    "html": "report.html",
}


def render_report(report: Report, form: Form) -> str:
    """Render the report in one format."""
    return _RENDERERS[form](report)


def files(report: Report, forms: Iterable[Form]) -> dict[str, str]:
    """Return the text by file name for each chosen format; nothing is written."""
    return {FILE_NAMES[form]: render_report(report, form) for form in forms}
