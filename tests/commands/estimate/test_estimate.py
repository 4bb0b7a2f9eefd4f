import io

import pytest
from rich.console import Console

from calibrate.api import run
from calibrate.commands.estimate.estimate import estimate, resident
from calibrate.config.load import load_config
from calibrate.core.progress import NoProgress
from calibrate.report.commands.estimate import render_estimate

UNPLANNED = {"acceptance", "open dimensions", "other"}
"""Stages that cost nothing worth planning: no inferences, one compilation at most."""


@pytest.fixture
def job(make_job, monkeypatch):
    monkeypatch.setattr("calibrate.commands.estimate.probe.peak_memory", lambda _: 1 << 20)
    return make_job()


def test_counts_are_those_of_the_run(job):
    expected = estimate(load_config(job), NoProgress())
    assert not (job.parent / "out").exists()
    report = run(job)
    assert expected.plain.stages.keys() == report.cost.stages.keys() - UNPLANNED
    for stage, planned in expected.plain.stages.items():
        spent = report.cost.stages[stage]
        assert spent.compilations == planned.compilations, stage
        if stage != "timing":
            assert spent.inferences == planned.inferences, stage
    assert expected.groups == len(report.groups)
    assert expected.samples == report.dataset.samples


def test_counts_of_a_full_search(job):
    """Recipes are counted exactly; a search may end before its limits."""
    config = load_config(job, overrides=["budget.max_drop=0", "search.recipes=thorough"])
    expected, report = estimate(config, NoProgress()), run(config)
    recipes = report.cost.stages["recipes"]
    planned = expected.full.stages["recipes"]
    assert (recipes.compilations, recipes.inferences) == (planned.compilations, planned.inferences)
    assert len(report.recipes) == recipes.compilations + 1
    for stage in ("sensitivity", "candidates"):
        spent, limit = report.cost.stages[stage], expected.full.stages[stage]
        assert 0 < spent.compilations <= limit.compilations
        assert 0 < spent.inferences <= limit.inferences


@pytest.mark.parametrize(
    "overrides",
    [
        ["quantization.precisions=[int8_weights]", "search.objective=size"],
        ["targets=[sse41, avx512_vnni]", "search.recipes=default"],
    ],
)
def test_counts_of_weights_alone_and_of_targets(job, overrides):
    config = load_config(job, overrides=["budget.max_drop=0.5", *overrides])
    expected, report = estimate(config, NoProgress()), run(config)
    assert report.verdict.passed
    text = {name: entry for name, entry in expected.plain.stages.items() if name != "timing"}
    for name, entry in text.items():
        result = report.cost.stages[name]
        assert (result.compilations, result.inferences) == (entry.compilations, entry.inferences), (
            name
        )
    assert ("ranges" in text) == ("targets" in overrides[0])


def test_text_for_people(job):
    estimated = estimate(load_config(job, overrides=["search.timeout=90"]), NoProgress())
    console = Console(width=100, file=io.StringIO())
    console.print(render_estimate(estimated))
    text = console.file.getvalue()
    assert "plain INT8 passes" in text
    assert "60 samples, 5 groups" in text
    assert "Beside it two processes at most, each about 1.0 MB" in text
    assert "The search ends after 1 min 30 s at the latest" in text


@pytest.mark.parametrize(
    ("limit", "inputs", "others", "expected"),
    [(10, 4, 3, 7), (10, 10, 3, 10), (10, 4, 9, 10), (10, 11, 3, 3), (10, 11, 30, 10)],
)
def test_what_stays_in_memory(limit, inputs, others, expected):
    assert resident(limit, inputs, others) == expected
