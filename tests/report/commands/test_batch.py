import io
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from calibrate.report.commands import batch_junit
from calibrate.report.commands.batch import BatchReport, Row, finished, render_batch, summary


def row(name, outcome, **facts):
    return Row(name=name, config="a.yaml", outcome=outcome, message="it is so", **facts)


@pytest.fixture
def report(make):
    good = finished(make(), row("good", "failed"), seconds=12, exit_code=0)
    over = row("over", "over", seconds=3)
    bad = row("bad", "failed", exit_code=1, log="out/bad.log").model_copy(
        update={"message": "a\x1b[2Jb is <broken>"}
    )
    late = row("late", "not run")
    kept = good.model_copy(update={"name": "kept", "kept": True})
    return BatchReport(created="2026-01-02", seconds=20, rows=(good, over, bad, late, kept))


def text(report):
    console = Console(width=120, file=io.StringIO())
    console.print(render_batch(report, "out"))
    return console.file.getvalue()


def test_a_finished_run(make):
    result = finished(make(), row("one", "failed"), seconds=12, exit_code=0)
    assert result.outcome == "proven"
    assert result.speedup == make().performance["result"].speedup
    assert [drop.metric for drop in result.drops] == list(make().metrics)


@pytest.mark.parametrize(
    ("limit", "seconds", "expected"), [(None, 5, False), (10, 5, False), (10, 10, True)]
)
def test_cut_short(limit, seconds, expected):
    assert row("a", "proven", limit=limit, seconds=seconds).cut_short is expected


def test_summary(report):
    assert (
        summary(report.rows) == "5 runs: 2 proven within budget, 1 over budget, 1 failed, 1 not run"
    )
    assert summary(()) == "0 runs: none ended"


def test_the_table(report):
    shown = text(report)
    assert "kept (12.0 s)" in shown
    assert r"bad: a\x1b[2Jb is <broken> (log: out/bad.log)" in shown
    assert "late: it is so" in shown
    assert "\x1b" not in shown
    assert "out/batch.json, .xml and .md" in shown


def test_it_is_read_back(report):
    assert BatchReport.model_validate_json(report.model_dump_json()) == report


def test_a_case_a_run(report):
    root = ET.fromstring(batch_junit.render_batch_junit(report))
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "1",
        "errors": "2",
    }
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases) == ["good", "over", "bad", "late", "kept"]
    assert cases["over"].find("failure").get("message") == "it is so"
    assert cases["bad"].find("error").get("message") == r"a\x1b[2Jb is <broken>"
    assert cases["late"].find("error").get("type") == "not-run"
    assert cases["good"].find("system-out") is not None
    assert cases["kept"].get("time") == "0.000"
