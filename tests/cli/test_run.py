import json
import re
import subprocess
import sys

import pytest

from calibrate.cli.main import run
from calibrate.errors import CalibrateError
from calibrate.store.run_journal import JOURNAL_NAME, FileJournal

AT = r"\d\d:\d\d:\d\d"
HEAVY = {"openvino", "nncf", "scipy", "sklearn", "pydantic", "numpy", "rich", "yaml"}


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom calibrate.cli.main import run\n"
        "run(['run', '--help'])\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout[done.stdout.index("LOADED") :].split()
    assert set(loaded) & HEAVY == set()


class Verdict:
    passed = True
    outcome = "proven"


class Report:
    """What the command asks of a report."""

    verdict = Verdict
    is_quantized = True

    def model_dump_json(self, indent: int) -> str:
        return json.dumps({"passed": self.verdict.passed}, indent=indent)


@pytest.fixture
def command(monkeypatch, make_job):
    """Runs the command with a pipeline that only writes a page; its arguments are kept."""
    from calibrate.commands import run as pipeline
    from calibrate.config import load
    from calibrate.report.formats import terminal

    given: dict[str, object] = {}
    config = load.load_config(make_job())

    def load_config(path, overrides, allow_plugins):
        given.update(path=path, overrides=overrides, allow_plugins=allow_plugins)
        return config

    def pipeline_run(resolved, progress, conduct):
        given.update(resolved=resolved, conduct=conduct)
        progress.stage("Working")
        if isinstance(given.get("error"), Exception):
            raise given["error"]
        output = resolved.config.output
        if "html" in output.reports:
            output.dir.mkdir(exist_ok=True)
            (output.dir / "report.html").write_text("<h1>Proven</h1>")
        return Report()

    monkeypatch.setattr(load, "load_config", load_config)
    monkeypatch.setattr(pipeline, "run", pipeline_run)
    monkeypatch.setattr(terminal, "render_terminal", lambda report: "SUMMARY")

    def attempt(*words: str) -> tuple[int, dict[str, object]]:
        return run(["run", *words]), given

    attempt.given = given
    return attempt


@pytest.mark.parametrize(
    ("outcome", "words", "code"),
    [
        ("proven", [], 0),
        ("accepted", [], 0),
        ("over", [], 4),
        ("floating_point", [], 0),
        ("floating_point", ["--require-int8"], 4),
        ("accepted", ["--require-int8"], 0),
        ("accepted, all in BF16", ["--require-int8"], 4),
        ("accepted, all in BF16", [], 0),
    ],
)
def test_the_verdict_is_the_exit_code(command, monkeypatch, outcome, words, code, capsys):
    monkeypatch.setattr(Verdict, "outcome", outcome.partition(",")[0])
    quantized = outcome != "floating_point" and "BF16" not in outcome
    monkeypatch.setattr(Report, "is_quantized", quantized)
    assert command("a.yaml", *words)[0] == code
    captured = capsys.readouterr()
    page = command.given["resolved"].config.output.dir / "report.html"
    assert captured.out == f"SUMMARY\nReport: {page}\n"
    why = "--require-int8 is given, and no layer of the result is quantized."
    refused = f"Exit code 4: {why}\n" if words and code else ""
    assert re.fullmatch(rf"{AT} Loading OpenVINO and NNCF\n{AT} Working\n{refused}", captured.err)


def test_the_page_can_be_left_out(command, capsys):
    assert command("a.yaml", "--no-html")[0] == 0
    assert capsys.readouterr().out == "SUMMARY\n"
    resolved = command.given["resolved"]
    assert resolved.config.output.reports == ("json",)
    assert resolved.document["output"]["reports"] == ["json"]


def test_the_page_can_be_opened(command, monkeypatch):
    opened = []
    monkeypatch.setattr("click.launch", opened.append)
    assert command("a.yaml", "-q")[0] == 0
    assert opened == []
    assert command("a.yaml", "--open", "-q")[0] == 0
    page = command.given["resolved"].config.output.dir / "report.html"
    assert opened == [page.resolve().as_uri()]
    assert command("a.yaml", "--open", "--no-html")[0] == 2


def test_json_alone_is_on_stdout(command, capsys):
    assert command("a.yaml", "--json")[0] == 0
    assert json.loads(capsys.readouterr().out) == {"passed": True}


def test_quiet(command, capsys):
    assert command("a.yaml", "-q")[0] == 0
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_words_become_arguments(command):
    words = ["a.yaml", "--set", "budget.max_drop=0", "--set", "search.timeout=3", "--force"]
    _, given = command(*words, "--wait")
    assert str(given["path"]) == "a.yaml"
    assert given["overrides"] == ("budget.max_drop=0", "search.timeout=3")
    assert (given["conduct"].force, given["conduct"].wait) == (True, True)
    _, given = command("a.yaml")
    assert (given["conduct"].force, given["conduct"].wait) == (False, False)


def test_an_error_is_reported_below_the_progress(command, capsys):
    command.given["error"] = CalibrateError("it is wrong", "here", "mend it")
    assert command("a.yaml")[0] == 1
    captured = capsys.readouterr()
    _, first, last = captured.err.splitlines()
    assert first.endswith(" Working")
    assert last == "Error: here: it is wrong; mend it"
    assert captured.out == ""


def test_a_config_is_needed(capsys):
    assert run(["run"]) == 2
    assert "Missing argument 'CONFIG" in capsys.readouterr().err


def test_the_message_of_an_interrupt(make_job, monkeypatch, capsys):
    from calibrate.commands import run as pipeline

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run", interrupted)
    job = make_job()
    assert run(["run", str(job)]) == 130
    loading, *lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert loading.endswith("Loading OpenVINO and NNCF")
    assert lines == ["Interrupted."]
    work = job.parent / "out" / "work"
    work.mkdir(parents=True)
    with FileJournal(work / JOURNAL_NAME, lambda _: None) as journal:
        journal.record("time", {"model": "a"}, {"seconds": 1.0})
    assert run(["run", str(job)]) == 130
    assert [line for line in capsys.readouterr().err.splitlines() if line][1:] == [
        f"Kept in {work}: 1 measurement; the same command continues from there.",
        "Interrupted.",
    ]
