"""JUnit XML with a test case for each metric, so that a pipeline shows what failed."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from calibrate.report import phrases, verdict_text
from calibrate.report.formats.escape import printable, xml
from calibrate.report.schema import Report
from calibrate.report.targets import OnCpu, on_cpus


def render_junit(report: Report) -> str:
    """Render one suite, named after the model; a metric over its budget is a failure."""
    verdicts = {label: verdict_text.judged(report, label) for label in report.metrics}
    others = list(on_cpus(report))
    failed = sum(not verdict.passed for verdict in verdicts.values())
    failed += sum(not on_cpu.passed for on_cpu in others)
    seconds = f"{report.cost.seconds:.3f}"
    counts = {
        "tests": str(len(verdicts) + len(others)),
        "failures": str(failed),
        "errors": "0",
        "time": seconds,
    }
    name = _text(f"calibrate {report.model.name}")
    root = Element("testsuites", {"name": name, **counts})
    further = {"skipped": "0", "timestamp": _text(report.created)}
    suite = SubElement(root, "testsuite", {"name": name, **counts, **further})
    for label, verdict in verdicts.items():
        case = SubElement(
            suite,
            "testcase",
            {"classname": _text(report.model.name), "name": _text(label), "time": "0"},
        )
        sentence = _text(f"{label} {verdict_text.drop_sentence(report, label)}")
        reason = _text(verdict_text.reason_sentence(report, label))
        if verdict.passed:
            SubElement(case, "system-out").text = f"{sentence}\n{reason}\n"
        else:
            failure = SubElement(case, "failure", {"message": sentence, "type": "budget"})
            steps = [f"Next: {step}" for step in report.verdict.next_steps]
            lines = [sentence, reason, phrases.layers(report), *steps]
            failure.text = _text("\n".join(lines), lines=True) + "\n"
    for on_cpu in others:
        _target_case(suite, report, on_cpu)
    output = [
        f"{verdict_text.style(report).symbol} {verdict_text.headline(report)}",
        phrases.speed(report),
        phrases.layers(report),
        phrases.cost(report),
    ]
    SubElement(suite, "system-out").text = _text("\n".join(output), lines=True) + "\n"
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _target_case(suite: Element, report: Report, on_cpu: OnCpu) -> None:
    """Add the test case of one metric for a further CPU."""
    name = f"{on_cpu.label} for {on_cpu.target} ({on_cpu.how})"
    attributes = {"classname": _text(report.model.name), "name": _text(name), "time": "0"}
    case = SubElement(suite, "testcase", attributes)
    if on_cpu.passed:
        SubElement(case, "system-out").text = f"{_text(on_cpu.sentence)}\n"
        return
    failure = SubElement(case, "failure", {"message": _text(on_cpu.sentence), "type": "budget"})
    steps = [f"Next: {step}" for step in report.verdict.next_steps]
    failure.text = _text("\n".join([on_cpu.sentence, *steps]), lines=True) + "\n"


def _text(text: str, *, lines: bool = False) -> str:
    return xml(printable(text, lines=lines))
