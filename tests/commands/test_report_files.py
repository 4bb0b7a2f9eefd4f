"""Report files tell at any time how the run stands that is meant to write them."""

import json
from pathlib import Path

import pytest

from calibrate.commands.report_files import (
    PREVIOUS,
    begin_reports,
    earlier_report,
    fail_reports,
    problems_of,
)
from calibrate.errors import CalibrateError, Problems
from calibrate.report.load import load_report

SAMPLE = Path(__file__).parents[1] / "report" / "sample.json"
FORMS = ("json", "junit")


@pytest.fixture
def folder(tmp_path) -> Path:
    """An output folder with the reports of an earlier run, one in a format not asked for now."""
    (tmp_path / "report.json").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "junit.xml").write_text("<green/>")
    (tmp_path / "report.html").write_text("green")
    return tmp_path


def test_beginning_leaves_nothing_of_an_earlier_run(folder):
    begin_reports(folder, FORMS, "tiny")
    assert sorted(path.name for path in folder.iterdir()) == [
        "junit.xml",
        "report.json",
        PREVIOUS,
    ]
    assert json.loads((folder / "report.json").read_text())["state"] == "unfinished"
    assert 'errors="1"' in (folder / "junit.xml").read_text()
    assert earlier_report(folder) == load_report(SAMPLE)


def test_failing_twice_keeps_the_report_of_the_result(folder):
    for _ in range(2):
        begin_reports(folder, FORMS, "tiny")
        fail_reports(folder, FORMS, "tiny", CalibrateError("it is wrong", "here", "mend it"))
    content = json.loads((folder / "report.json").read_text())
    assert content["problems"] == ["here: it is wrong; mend it"]
    assert content["previous"] == PREVIOUS
    assert earlier_report(folder) == load_report(SAMPLE)
    with pytest.raises(CalibrateError, match=r"run without a result \(failed: here: it is wrong"):
        load_report(folder / "report.json")


def test_a_folder_without_a_result_has_no_earlier_report(tmp_path):
    begin_reports(tmp_path, FORMS, "tiny")
    assert earlier_report(tmp_path) is None
    assert json.loads((tmp_path / "report.json").read_text())["previous"] is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CalibrateError("wrong", "here", "mend"), ("here: wrong; mend",)),
        (Problems([CalibrateError("one"), CalibrateError("two")]), ("one", "two")),
        (IndexError("list index"), ("IndexError: list index",)),
        (
            KeyboardInterrupt(),
            ("It was interrupted; what was measured is kept, so the same command goes on.",),
        ),
    ],
)
def test_problems(error, expected):
    assert problems_of(error) == expected
