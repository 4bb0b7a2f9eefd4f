import json

import pytest

from calibrate.api import run
from calibrate.config.quantization import Quantization
from calibrate.core.precision import FP32, INT8, Candidate, Group
from calibrate.core.progress import NoProgress
from calibrate.report_builder.warm_start import read_warm_start
from calibrate.search.warm_start import EarlierChoice, WarmStart

GROUPS = tuple(Group(name, (name,), ()) for name in ("a", "b"))
BUDGET = {"budget.max_drop": 0.006, "budget.refusal_confidence": 0.99}


class Notes(NoProgress):
    def __init__(self):
        self.texts = []

    def note(self, text):
        self.texts.append(text)


def start(**precisions):
    return WarmStart(tuple(EarlierChoice(name, 1, chosen) for name, chosen in precisions.items()))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (start(a="int8", b="fp32"), Candidate((INT8, FP32))),
        (start(b="fp32", a="int8"), Candidate((INT8, FP32))),
        (start(a_1="int8", b_1="fp32"), Candidate((INT8, FP32))),  # numbered anew
        (start(a="int8"), None),
        (start(a="int8", b="of-a-later-version"), None),
        (start(a="int8", b="fp32", c="int8"), None),
        (WarmStart((EarlierChoice("x", 1, "int8"), EarlierChoice("y", 2, "fp32"))), None),
    ],
)
def test_candidate(found, expected):
    assert found.candidate(GROUPS, Quantization()) == expected


@pytest.mark.parametrize(
    ("found", "settings", "expected"),
    [
        (start(a="int8", b="fp32"), {}, []),
        (start(a="accurate-bias", b="fp32"), {}, ["accurate-bias"]),
        (start(a="accurate-bias"), {"fast_bias_correction": True}, None),
        (start(a="of-a-later-version"), {}, None),
    ],
)
def test_recipes(found, settings, expected):
    recipes = found.recipes(Quantization(**settings))
    assert (None if recipes is None else [recipe.precision.name for recipe in recipes]) == expected


@pytest.mark.slow
@pytest.mark.exhaustive
def test_a_retrained_model_needs_less_search(make_job, tmp_path):
    first = run(make_job("first"), BUDGET)
    assert {group.precision for group in first.groups} > {"fp32"}, "the test needs a fallback"
    retrained = make_job("second", jitter=0.002)
    report = tmp_path / "first" / "out" / "report.json"
    scratch = run(retrained, {**BUDGET, "output.dir": "scratch"})
    warm = run(retrained, {**BUDGET, "output.dir": "warm", "search.warm_start": report})
    assert warm.verdict.passed
    assert [g.precision for g in warm.groups] == [g.precision for g in first.groups]
    assert warm.cost.compilations < scratch.cost.compilations
    assert "sensitivity" in scratch.cost.stages


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("precision", "name", "message"),
    [
        ("int8", None, "The earlier run's choice is over the target here; the search starts."),
        (
            None,
            "other",
            "The earlier run's choice does not fit this model or config; the search starts.",
        ),
    ],
)
def test_what_does_not_hold_is_searched(make_job, tmp_path, precision, name, message):
    job = make_job()
    first = run(job, BUDGET)
    content = json.loads((job.parent / "out" / "report.json").read_text())
    for number, group in enumerate(content["groups"]):
        group["precision"] = precision if precision and number else group["precision"]
        group["name"] = name or group["name"]
        group["operations"] *= 2 if name else 1
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    notes = Notes()
    overrides = {**BUDGET, "output.dir": "again", "search.warm_start": other}
    report = run(job, overrides, progress=notes)
    assert message in notes.texts
    assert "sensitivity" in report.cost.stages
    assert report.verdict.passed == first.verdict.passed
    assert len({group.precision for group in report.groups}) > 1, "a choice was searched"


def test_layers_that_no_group_holds_are_left_out(make_job):
    job = make_job()
    report = run(job, {"quantization.ignored_scope": {"names": ["classes"]}})
    assert "classes" in {group.name for group in report.groups}
    warm_start = read_warm_start(job.parent / "out" / "report.json")
    assert "classes" not in {choice.name for choice in warm_start.choices}
