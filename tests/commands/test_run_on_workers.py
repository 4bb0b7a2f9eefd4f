"""A single run whose evaluations workers make: the same model and report as on one machine."""

import json
from contextlib import nullcontext
from dataclasses import replace

import pytest

from calibrate.commands import run as command
from calibrate.commands.run import run
from calibrate.commands.run_options import RunOptions
from calibrate.config.load import load_config
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.quantization.remote_tuning import RemoteTuning
from calibrate.report import phrases
from calibrate.report.targets import how
from calibrate.runtime.cpu import TARGETS, has_vnni, this_cpu
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.timing_host import TimingHost
from calibrate.runtime.executors.worker_pool import WorkerPool

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

    def made(path, output, *settings, **use):
        files = tmp_path / output
        files.mkdir()
        outgoing = OutgoingFiles(files)
        if "timing" in use:
            use["timing"] = TimingHost(pool.cluster, use["timing"], outgoing)
        workers = EvaluationWorkers(use.pop("pool", pool), outgoing, **use)
        resolved = load_config(path, overrides=[*SETTINGS, *settings, f"output.dir={output}"])
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


def test_a_named_host_times_and_the_report_names_it(make_job, run_on, pool, monkeypatch):
    path = make_job()
    monkeypatch.chdir(path.parent)
    host = pool.workers[0]
    report = run_on(path, "timed", timing=host)
    machine = report.deployment.timing_machine
    assert (machine.worker, machine.host) == (host.name, host.host)
    assert f"timed on {host.host} (worker {host.name})" in phrases.machine(report)
    assert report.performance["result"].latency_ms > 0
    # Times of another machine are records of their own.
    here = run(
        load_config(path, overrides=[*SETTINGS, "output.dir=timed"]), conduct=RunOptions(force=True)
    )
    assert here.deployment.timing_machine is None
    assert here.cost.stages["timing"].inferences > 0


@pytest.mark.skipif(
    not has_vnni(this_cpu().instruction_set), reason="what is run elsewhere is simulated otherwise"
)
def test_targets_run_on_workers_that_have_the_instruction_set(make_job, run_on, pool, monkeypatch):
    """The client counts as an AVX2 machine; its workers compute as this CPU does."""
    path = make_job()
    monkeypatch.chdir(path.parent)
    cpu = this_cpu()
    target = next(name for name, known in TARGETS.items() if known == cpu.instruction_set)
    lower = replace(cpu, instruction_set="avx2", vnni=False)
    for module in ("calibrate.search.acceptance", "calibrate.commands.run"):
        monkeypatch.setattr(f"{module}.this_cpu", lambda: lower)
    report = run_on(
        path,
        "targets",
        f"targets=[{target}]",
        "budget.max_drop=0.5",
        pool=WorkerPool(pool.cluster, (), pool.note),
        by_instruction_set={cpu.instruction_set: pool},
    )
    (facts,) = report.verdict.targets
    assert (facts.instruction_set, facts.how) == (cpu.instruction_set, "worker")
    assert sum(pool.evaluations.values()) > 0
    for label, score in facts.metrics.items():
        assert score.drop == pytest.approx(report.metrics[label].result["acceptance"].drop)
    assert how(facts) == "native, on a worker with that instruction set"


def test_folds_are_tuned_on_workers_to_the_same_bytes(make_job, run_on, pool, monkeypatch):
    pytest.importorskip("torch")
    path = make_job()
    monkeypatch.chdir(path.parent)
    tuning = ["search.finetune={updates: 3}", "search.acceptance_looks=1"]
    here = run(load_config(path, overrides=[*SETTINGS, *tuning, "output.dir=here"]))
    variants = []
    tuned = RemoteTuning.variant

    def variant(*arguments):
        variants.append(tuned(*arguments))
        return variants[-1]

    monkeypatch.setattr(RemoteTuning, "variant", variant)
    there = run_on(path, "there", *tuning)
    assert len(variants) == 2  # two folds, each once
    assert None not in variants
    assert (path.parent / "here/model.bin").read_bytes() == (
        path.parent / "there/model.bin"
    ).read_bytes()
    first, second = (
        next(recipe for recipe in report.recipes if recipe.name == "fine-tuned")
        for report in (here, there)
    )
    assert first.divergence == second.divergence
    assert first.tuning == second.tuning
