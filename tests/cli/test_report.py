from pathlib import Path

import pytest
from click.testing import CliRunner

from calibrate.cli.exit_codes import ERROR, USAGE, WITHIN_BUDGET
from calibrate.cli.main import run
from calibrate.cli.report import report_command
from calibrate.report.load import load_report, parse


@pytest.fixture
def path() -> Path:
    return Path(__file__).parents[1] / "report" / "sample.json"


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("json", "{\n"),
        ("junit", "<?xml"),
        ("markdown", "### "),
        ("html", "<!DOCTYPE html>"),
        ("terminal", "\n✓ PROVEN WITHIN BUDGET\n"),
    ],
)
def test_renders_a_finished_run_again(path, tmp_path, form, start):
    done = CliRunner().invoke(report_command, [str(path), "--format", form], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.lstrip("\n").startswith(start.lstrip("\n"))
    output = tmp_path / "made" / "it"
    assert run(["report", str(path), "--format", form, "--output", str(output)]) == WITHIN_BUDGET
    assert output.read_text(encoding="utf-8").startswith(start)


def test_the_folder_of_a_run_will_do(path, tmp_path):
    (tmp_path / "report.json").write_bytes(path.read_bytes())
    done = CliRunner().invoke(report_command, [str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.lstrip("\n").startswith("✓ PROVEN WITHIN BUDGET\n")


def test_json_is_the_same_report(path):
    done = CliRunner().invoke(report_command, [str(path), "-f", "json"])
    assert parse(done.stdout.encode(), "stdout") == load_report(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON, or only a part of it"),
        ('{"version": 3}', "is a report of version 3; this calibrate reads up to 2"),
        ('{"name": "x"}', "is no report: "),
    ],
)
def test_one_clear_error(tmp_path, capsys, content, message):
    foreign = tmp_path / "foreign.json"
    foreign.write_text(content)
    assert run(["report", str(foreign)]) == ERROR
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: {foreign}: {message}")
    assert "report.json that `calibrate run` wrote" in line


def test_an_unknown_form_is_a_usage_error(path):
    assert run(["report", str(path), "--format", "pdf"]) == USAGE
