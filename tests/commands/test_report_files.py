"""Report files tell at any time how the run stands that is meant to write them."""

import json
from pathlib import Path

import pytest

from calibrate.cli.main import run
from calibrate.commands.report_files import (
    PREVIOUS,
    begin_reports,
    earlier_report,
    fail_reports,
    fail_stale_reports,
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
    with pytest.raises(
        CalibrateError, match=r"run without a result \(failed: here: it is wrong"
    ) as e:
        load_report(folder / "report.json")
    assert "earlier result is report.previous.json in the same folder" in e.value.message


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
            ("The run was interrupted; its measurements are kept: repeat the command.",),
        ),
    ],
)
def test_problems(error, expected):
    assert problems_of(error) == expected


@pytest.mark.parametrize(
    ("text", "overrides", "replaced"),
    [
        ("output: {dir: out}\nmetrics: nothing\n", (), True),
        ("output: {dir: elsewhere}\n", (), False),
        ("metrics: nothing\n", ("output.dir=out",), True),
        ("metrics: nothing\n", (), False),
        ("output: {dir: [out]}\n", (), False),
    ],
)
def test_a_config_that_cannot_be_resolved_leaves_nothing_green(tmp_path, text, overrides, replaced):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "out" / "junit.xml").write_text("<green/>")
    config = tmp_path / "job.yaml"
    config.write_text(text)
    given = [override.replace("=", f"={tmp_path}/") for override in overrides]
    fail_stale_reports(config, given, CalibrateError("metrics is no list"))
    assert ("metrics is no list" in (tmp_path / "out" / "junit.xml").read_text()) == replaced
    assert (tmp_path / "out" / PREVIOUS).exists() == replaced
    assert not (tmp_path / "elsewhere").exists()


def test_the_command_itself_replaces_stale_reports(job, capsys):
    out = job.parent / "out"
    out.mkdir()
    (out / "junit.xml").write_text("<green/>")
    job.write_text(job.read_text().replace("type: accuracy", "type: acuracy"))
    assert run(["run", str(job)]) == 1
    assert "acuracy" in (out / "junit.xml").read_text()
    assert "\nError: " in capsys.readouterr().err
