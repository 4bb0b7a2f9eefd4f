"""`calibrate run` with several configs, a batch file, a baseline or a prediction."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calibrate.cli.main import run
from calibrate.report.commands.batch import BatchReport, Row

SAMPLE = Path(__file__).parents[1] / "report" / "sample.json"


@pytest.fixture
def batches(monkeypatch):
    """`run_batch` keeps its arguments, and gives a row with the outcome asked for."""
    from calibrate.commands.batch import scheduler as batch

    asked = {"outcomes": {}}

    def run_batch(planned, folder, limits, progress, *, options):
        asked.update(planned=planned, folder=folder, limits=limits, options=options)
        rows = []
        for entry in planned:
            outcome, code = asked["outcomes"].get(entry.name, ("proven", 0))
            config = str(entry.config)
            row = Row(name=entry.name, config=config, outcome=outcome, message="so", exit_code=code)
            rows.append(row)
        created = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
        return BatchReport(created=created, seconds=1, rows=tuple(rows))

    monkeypatch.setattr(batch, "run_batch", run_batch)
    return asked


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ({}, 0),
        ({"a": ("over", 4)}, 4),
        ({"a": ("over", 4), "b": ("failed", 1)}, 1),
        ({"a": ("failed", None)}, 1),
        ({"a": ("not run", None)}, 1),
        ({"a": ("failed", -9), "b": ("failed", 1)}, 1),
        ({"a": ("failed", -11), "b": ("failed", 1)}, 3),
        ({"a": ("failed", 0)}, 3),
        ({"a": ("failed", 130), "b": ("failed", 3)}, 130),
    ],
)
def test_the_exit_code_is_the_worst(batches, outcomes, code, capsys):
    batches["outcomes"] = outcomes
    assert run(["run", "a.yaml", "b.yaml", "-q"]) == code
    assert capsys.readouterr().out == ""


def test_words_reach_the_batch(batches, tmp_path):
    words = ["a.yaml", "b.yaml", "--set", "budget.max_drop=0.5", "--output-dir", str(tmp_path)]
    limits = ["--jobs", "2", "--timeout", "60", "--memory-limit", "1000", "--force", "--no-plugins"]
    assert run(["run", *words, *limits, "-q"]) == 0
    assert batches["folder"] == tmp_path
    result = batches["limits"]
    assert (result.jobs, result.timeout, result.memory_limit) == (2, 60, 1000)
    assert batches["options"].arguments == ["--force", "--no-plugins"]
    assert run(["run", *words, "--no-html", "-q"]) == 0
    assert batches["options"].arguments == ["--no-html"]
    assert batches["planned"][1].overrides == (
        "budget.max_drop=0.5",
        f'output.dir="{tmp_path}/b"',
    )


def test_a_batch_file(batches, tmp_path, capsys):
    path = tmp_path / "batch.yaml"
    path.write_text("batch: {base: a.yaml, budgets: [0.1, 0.2], output_dir: out, jobs: 3}")
    assert run(["run", str(path), "--timeout", "5", "--json"]) == 0
    assert [entry.name for entry in batches["planned"]] == ["0.1", "0.2"]
    assert batches["folder"] == tmp_path / "out"
    assert (batches["limits"].jobs, batches["limits"].timeout) == (3, 5)
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["0.1", "0.2"]
    assert run(["run", str(path), "--output-dir", str(tmp_path / "other"), "-q"]) == 0
    assert batches["folder"] == tmp_path / "other"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.yaml", "{batch}"], "is a batch file, which is given alone"),
        (["{batch}", "--sign", "key.pem"], "--sign is for a single config"),
        (["a.yaml", "b.yaml", "--warm-start", "x.json"], "--warm-start is for a single config"),
        (["a.yaml", "--jobs", "0"], "0 is not in the range"),
    ],
)
def test_what_does_not_go_together(batches, tmp_path, words, message, capsys):
    path = tmp_path / "batch.yaml"
    path.write_text("batch: {base: a.yaml, output_dir: out}")
    assert run(["run", *(word.format(batch=path) for word in words)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.fixture
def sample_run(monkeypatch, make_job):
    """A run that gives the sample report; the config and the baseline's path."""
    from calibrate.commands import run as pipeline
    from calibrate.report.load import load_report

    report = load_report(SAMPLE)
    passed = report.verdict.model_copy(update={"passed": True})
    report = report.model_copy(update={"verdict": passed})
    monkeypatch.setattr(pipeline, "run", lambda *_, **__: report)
    job = make_job()

    def baseline(change):
        content = json.loads(report.model_dump_json())
        change(content)
        path = job.parent / "baseline.json"
        path.write_text(json.dumps(content))
        return ["run", str(job), "-q", "--baseline", str(path)]

    return baseline


def faster(content):
    content["performance"]["result"]["speedup"] *= 1.5


def smaller(content):
    content["performance"]["result"]["file_bytes"] //= 2


@pytest.mark.parametrize(
    ("change", "words", "code", "message"),
    [
        (lambda _: None, [], 0, ""),
        (faster, [], 4, "Worse than the baseline: latency: "),
        (faster, ["--latency-tolerance", "0.6"], 0, ""),
        (smaller, [], 4, "Worse than the baseline: size: "),
        (smaller, ["--size-tolerance", "2"], 0, ""),
    ],
)
def test_a_baseline(sample_run, change, words, code, message, capsys):
    assert run([*sample_run(change), *words]) == code
    assert capsys.readouterr().err.startswith(message)


def test_a_baseline_that_is_none_is_reported_before_the_run(make_job, capsys):
    assert run(["run", str(make_job()), "--baseline", "none.json"]) == 1
    output = capsys.readouterr().err
    assert "none.json" in output
    assert "Measuring" not in output


def test_options_of_one_run_are_keys_of_its_config(monkeypatch, tmp_path):
    from calibrate.config import load
    from calibrate.errors import CalibrateError

    given = []

    def load_config(path, overrides, allow_plugins):
        given.extend(overrides)
        raise CalibrateError("enough")

    monkeypatch.setattr(load, "load_config", load_config)
    words = ["--timeout", "5", "--memory-limit", "512", "--warm-start", str(tmp_path / "r.json")]
    assert run(["run", "a.yaml", *words]) == 1
    assert given == [
        "search.timeout=5.0",
        "search.memory_limit=512",
        f'search.warm_start="{tmp_path}/r.json"',
    ]
