"""The report of a run without a result, in each format; none of them shows success."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from calibrate.report.error_report import ErrorReport
from calibrate.report.formats.escape import markdown, printable, xml
from calibrate.report.formats.files import FILE_NAMES, Form
from calibrate.report.formats.page_parts import page_part, policy_digest
from calibrate.report.outcomes import STYLES

_STYLE = STYLES["failed"]


def error_files(report: ErrorReport, forms: Iterable[Form]) -> dict[str, str]:
    """Return the text by file name for each chosen format; nothing is written."""
    return {FILE_NAMES[form]: _RENDERERS[form](report) for form in forms}


def render_error_json(report: ErrorReport) -> str:
    """Serialize the record."""
    return report.model_dump_json(indent=2) + "\n"


def render_error_junit(report: ErrorReport) -> str:
    """Render one suite with one test case, an error."""
    name = xml(printable(f"calibrate {report.model}"))
    counts = {"tests": "1", "failures": "0", "errors": "1", "time": "0"}
    root = Element("testsuites", {"name": name, **counts})
    suite = SubElement(root, "testsuite", {"name": name, **counts, "timestamp": report.created})
    model = xml(printable(report.model))
    case = SubElement(suite, "testcase", {"classname": model, "name": "run", "time": "0"})
    error = SubElement(case, "error", {"message": report.headline, "type": report.state})
    error.text = xml(printable("\n".join(report.sentences), lines=True)) + "\n"
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def render_error_markdown(report: ErrorReport) -> str:
    """Render a heading and a line for each problem."""
    heading = f"### {_STYLE.mark} {markdown(report.headline)}: {markdown(report.model)}"
    return "\n".join([heading, "", *(f"- {markdown(text)}" for text in report.sentences)]) + "\n"


def render_error_html(report: ErrorReport) -> str:
    """Render a page that loads and runs nothing."""
    problems = "".join(f"<li>{escape(printable(text))}</li>" for text in report.sentences)
    title = escape(printable(f"{report.headline}: {report.model}"))
    style = page_part("style.css")
    policy = (
        f"default-src 'none'; style-src 'sha256-{policy_digest(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{_STYLE.symbol} {title}</title><style>{style}</style></head>\n"
        f'<body><main><section class="verdict {_STYLE.css}" aria-labelledby="title">'
        f'<p class="model">{escape(printable(report.model))}</p>'
        f'<h1 id="title"><span aria-hidden="true">{_STYLE.symbol}</span> {report.headline}</h1>'
        f"<ul>{problems}</ul>"
        f'<p class="muted">{escape(report.created)}</p></section></main></body></html>\n'
    )


_RENDERERS: Mapping[Form, Callable[[ErrorReport], str]] = {
    "json": render_error_json,
    "junit": render_error_junit,
    "markdown": render_error_markdown,
    "html": render_error_html,
}
