"""A single run whose evaluations workers make: the same model and report as on one machine."""

import json
from contextlib import nullcontext

import pytest

from calibrate.commands import run as command
from calibrate.commands.run import run
from calibrate.commands.run_options import RunOptions
from calibrate.config.load import load_config
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.runtime.executors.outgoing_files import OutgoingFiles

SETTINGS = ["budget.max_drop=0.0", "search.recipes=auto"]


def comparable(path):
    report = json.loads(path.read_text())
    for part in (
        "created",
        "cost",
        "performance",
        "deployment",
        "config",
        "config_given",
        "model",
        "notes",
    ):
        report.pop(part)
    for recipe in report["recipes"]:
        recipe.pop("seconds")
    return report


@pytest.fixture
def run_on(monkeypatch, pool, tmp_path):
    """Runs a config on the workers; returns the report."""

    def made(path, output):
        files = tmp_path / output
        files.mkdir()
        workers = EvaluationWorkers(pool, OutgoingFiles(files))
        resolved = load_config(path, overrides=[*SETTINGS, f"output.dir={output}"])
        with monkeypatch.context() as patched:
            patched.setattr(command, "evaluation_cluster", lambda *_: nullcontext(workers))
            return run(resolved, conduct=RunOptions(cluster="tested"))

    return made


def test_the_result_is_that_of_one_machine(make_job, run_on, pool, monkeypatch):
    path = make_job()
    monkeypatch.chdir(path.parent)
    here = run(load_config(path, overrides=[*SETTINGS, "output.dir=here"]))
    there = run_on(path, "there")
    for name in ("model.bin", "model.xml"):
        files = [(path.parent / folder / name).read_bytes() for folder in ("here", "there")]
        assert files[0] == files[1]
    assert comparable(path.parent / "here/report.json") == comparable(
        path.parent / "there/report.json"
    )
    assert any(group.sensitivity for group in there.groups)
    assert here.cost.cluster is None
    done = there.cost.cluster
    assert done.repeated == 0
    assert all(count > 0 for count in done.evaluations.values())
    assert len(done.evaluations) == 2
    assert done.bytes_sent > 0
    for stage in ("int8", "recipes", "sensitivity"):
        assert there.cost.stages[stage].inferences == here.cost.stages[stage].inferences
    # What workers measured is in the journal: without them nothing is left to measure.
    done = dict(pool.evaluations)
    again = run(load_config(path, overrides=[*SETTINGS, "output.dir=there"]))
    assert pool.evaluations == done
    assert again.cost.stages["sensitivity"] == there.cost.stages["sensitivity"]
