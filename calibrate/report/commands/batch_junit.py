"""JUnit XML of a batch, with a test case for each run."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from calibrate.report.commands.batch import BatchReport, Row, drops
from calibrate.report.formats.escape import printable, xml


def render_batch_junit(report: BatchReport) -> str:
    """Render one suite: a run over budget is a failure, one with an error is an error."""
    counts = {
        "tests": str(len(report.rows)),
        "failures": str(sum(row.outcome == "over" for row in report.rows)),
        "errors": str(sum(row.outcome in ("failed", "not run") for row in report.rows)),
        "time": f"{report.seconds:.3f}",
    }
    root = Element("testsuites", {"name": "calibrate batch", **counts})
    suite = SubElement(
        root,
        "testsuite",
        {"name": "calibrate batch", **counts, "skipped": "0", "timestamp": report.created},
    )
    for row in report.rows:
        _case(suite, row)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _case(suite: Element, row: Row) -> None:
    case = SubElement(
        suite,
        "testcase",
        {
            "classname": "calibrate batch",
            "name": _text(row.name),
            "time": f"{0.0 if row.kept else row.seconds:.3f}",
        },
    )
    speed = f"\nspeed-up {row.speedup:.2f}" if row.speedup is not None else ""
    text = f"{row.message}\n{drops(row)}{speed}".strip() + "\n"
    if row.outcome in ("proven", "accepted", "floating_point"):
        SubElement(case, "system-out").text = _text(text, lines=True)
        return
    kind = "failure" if row.outcome == "over" else "error"
    attributes = {"message": _text(row.message), "type": row.outcome.replace(" ", "-")}
    SubElement(case, kind, attributes).text = _text(text, lines=True)


def _text(text: str, *, lines: bool = False) -> str:
    return xml(printable(text, lines=lines))
