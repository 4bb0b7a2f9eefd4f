"""JUnit XML of a batch, with a test case for each run."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from calibrate.report.commands.batch import BatchReport, Row, drops
from calibrate.report.formats.escape import printable, xml

_PASSED = ("proven", "accepted", "floating_point")


def render_batch_junit(report: BatchReport) -> str:
    """Render one suite: a run over budget or worse than its baseline fails; errors are errors."""
    counts = {
        "tests": str(len(report.rows)),
        "failures": str(sum(_has_failed(row) for row in report.rows)),
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
    worse = "".join(f"\nworse than the baseline: {text}" for text in row.regressions)
    text = f"{row.message}\n{drops(row)}{speed}{worse}".strip() + "\n"
    if row.regressions and row.outcome in _PASSED:
        attributes = {"message": _text("; ".join(row.regressions)), "type": "regression"}
        SubElement(case, "failure", attributes).text = _text(text, lines=True)
        return
    if row.outcome in _PASSED:
        SubElement(case, "system-out").text = _text(text, lines=True)
        return
    kind = "failure" if row.outcome == "over" else "error"
    attributes = {"message": _text(row.message), "type": row.outcome.replace(" ", "-")}
    SubElement(case, kind, attributes).text = _text(text, lines=True)


def _has_failed(row: Row) -> bool:
    return row.outcome == "over" or (row.outcome in _PASSED and bool(row.regressions))


def _text(text: str, *, lines: bool = False) -> str:
    return xml(printable(text, lines=lines))
