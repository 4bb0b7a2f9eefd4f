"""Every outcome in words, in every format: this table is meant to be read aloud."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from calibrate.report import verdict_text
from calibrate.report.commands.batch import BatchReport, Row, finished, render_batch
from calibrate.report.formats.html import render_html
from calibrate.report.formats.junit import render_junit
from calibrate.report.formats.markdown import render_markdown
from calibrate.report.formats.terminal import plain
from calibrate.report.outcomes import STYLES


@dataclass(frozen=True)
class Case:
    """A verdict and what has to be read of it.

    Attributes:
        outcome: as in the JSON report.
        drop: counted; the interval reaches 0.6 points to either side.
        changes: of the report, besides.
        score: of the result on acceptance samples, besides.
        headline: with its symbol.
        sentence: after the name of the metric.
        reason: behind it.
        circle: the colour in Markdown.
    """

    outcome: str
    drop: float
    headline: str
    sentence: str
    reason: str
    circle: str
    changes: tuple[tuple[str, Any], ...] = ()
    score: tuple[tuple[str, Any], ...] = ()

    def report(self, make, metric_of):
        facts = metric_of(self.drop)
        facts["result"]["acceptance"].update(dict(self.score))
        passed = self.outcome != "over"
        return make(
            metrics={"accuracy@1": facts},
            verdict__outcome=self.outcome,
            verdict__passed=passed,
            **dict(self.changes),
        )


ACCEPTED = (
    "The estimate and the counted drop are within the budget; the interval reaches over it, so "
    "this is not proven."
)
STAYS = "stays at 85.0 % on 200 unseen samples; budget 1.00 points"
NOTHING_DROPS = "The floating-point model is written, so nothing drops."
TABLE = (
    Case(
        "proven",
        0.004,
        "✓ Proven within budget",
        "goes 85.0 -> 84.6 % on 200 unseen samples: drop 0.40 points counted (95 % interval -0.2 "
        "to 1.0); budget 1.00 points",
        "The whole interval of the drop is within the budget.",
        "🟢",
    ),
    Case(
        "accepted",
        0.008,
        "≈ Accepted, not proven",
        "goes 85.0 -> 84.2 % on 200 unseen samples: drop 0.80 points counted (95 % interval 0.2 to "
        "1.4); budget 1.00 points",
        ACCEPTED,
        "🟡",
    ),
    Case(
        "accepted",
        -0.002,
        "≈ Accepted, not proven",
        "goes 85.0 -> 85.2 % on 500 cross-fitted samples: drop -0.20 points counted (95 % interval "
        "-1.8 to 1.2), 0.05 points estimated; budget 1.00 points",
        ACCEPTED,
        "🟡",
        changes=(("dataset__folds", 2), ("dataset__acceptance", 500)),
        score=(("estimate", 0.0005), ("interval", [-0.018, 0.012])),
    ),
    Case(
        "accepted",
        0.012,
        "≈ Accepted, not proven",
        "goes 85.0 -> 83.8 % on 200 unseen samples: drop 1.20 points counted (95 % interval 0.6 to "
        "1.8), 0.60 points estimated; budget 1.00 points",
        "The estimate is within the budget. The counted drop is over it, but chance explains that "
        "at the confidence of `budget.refusal_confidence`, so this is not proven.",
        "🟡",
        score=(("estimate", 0.006), ("lower_bound", 0.009)),
    ),
    Case(
        "over",
        0.03,
        "✕ Over budget",
        "goes 85.0 -> 82.0 % on 200 unseen samples: drop 3.00 points counted (95 % interval 2.4 to "
        "3.6); budget 1.00 points",
        "The whole interval of the drop is over the budget.",
        "🔴",
    ),
    Case(
        "over",
        0.012,
        "✕ Over budget",
        "goes 85.0 -> 83.8 % on 200 unseen samples: drop 1.20 points counted (95 % interval 0.6 to "
        "1.8), 1.10 points estimated; budget 1.00 points",
        "The estimated drop is over the budget.",
        "🔴",
        score=(("estimate", 0.011),),
    ),
    Case(
        "over",
        0.014,
        "✕ Over budget by the count",
        "goes 85.0 -> 83.6 % on 200 unseen samples: drop 1.40 points counted (95 % interval 0.8 to "
        "2.0), 0.40 points estimated; budget 1.00 points",
        "The estimate is within the budget, but the counted drop is at least 1.15 points at the "
        "one-sided confidence of `budget.refusal_confidence`, which is over it.",
        "🔴",
        score=(("estimate", 0.004), ("lower_bound", 0.0115)),
    ),
    Case(
        "over",
        0.008,
        "✕ Over budget at the upper end of the interval",
        "goes 85.0 -> 84.2 % on 200 unseen samples: drop 0.80 points counted (95 % interval 0.2 to "
        "1.4); budget 1.00 points",
        "The estimate is within the budget, but the interval reaches over it, which `accept: "
        "confident` does not allow.",
        "🔴",
        changes=(("verdict__accept", "confident"),),
    ),
    Case(
        "over",
        0.004,
        "✕ Over budget: outputs are NaN or infinite",
        "goes 85.0 -> 84.6 % on 200 unseen samples: drop 0.40 points counted (95 % interval -0.2 "
        "to 1.0); budget 1.00 points",
        "Outputs are NaN or infinite on some of these samples, so no value is acceptable.",
        "🔴",
        changes=(("verdict__is_finite", False),),
    ),
    *(
        Case(
            "floating_point",
            0.0,
            f"○ Floating point: {words}",
            STAYS,
            NOTHING_DROPS,
            "🔵",
            changes=(("verdict__floating_point_reason", reason),),
        )
        for reason, words in (
            ("budget", "no INT8 model that was tried keeps the budget"),
            ("speed", "no INT8 model within the budget is faster on this CPU"),
            ("time", "time ran out before an INT8 model within the budget was found"),
            ("nothing to quantize", "the model has nothing that can be quantized"),
        )
    ),
)


@pytest.fixture(params=TABLE, ids=lambda case: case.headline)
def case(request) -> Case:
    return request.param


def test_terminal(case, make, metric_of):
    lines = plain(case.report(make, metric_of), width=400).splitlines()
    symbol, words = case.headline.split(" ", 1)
    assert lines[1:3] == [
        f"{symbol} {words.upper()}",
        f"accuracy@1 {case.sentence}. {case.reason}",
    ]


def test_html(case, make, metric_of):
    page = render_html(case.report(make, metric_of))
    symbol, words = case.headline.split(" ", 1)
    heading = f'<span class="sign" aria-hidden="true">{symbol}</span> {words}</h1>'
    assert heading in page
    assert f'<section class="verdict {case.outcome.replace("_", "-")}"' in page
    text = unescape(re.sub(r"</?(strong|code)>", "", page)).replace("`", "")
    shown = f"accuracy@1 {case.sentence}. {case.reason}".replace("`", "")
    assert f'<p class="promise">{shown}</p>' in text


def test_markdown(case, make, metric_of):
    text = unescape(render_markdown(case.report(make, metric_of))).replace("\\", "")
    assert text.startswith(f"### {case.circle} {case.headline}: tiny\n")
    assert f"\n`accuracy@1` {case.sentence}. {case.reason}\n" in text
    symbol = case.headline[0]
    assert f"| 1.00 points | {case.circle} {symbol} |" in text


def test_junit(case, make, metric_of):
    suite = fromstring(render_junit(case.report(make, metric_of)))
    (entry,) = suite.iter("testcase")
    text = f"accuracy@1 {case.sentence}"
    failure = entry.find("failure")
    if case.outcome == "over":
        assert failure is not None
        assert failure.get("message") == text
        assert (failure.text or "").startswith(f"{text}\n{case.reason}\n")
    else:
        assert failure is None
        assert entry.findtext("system-out") == f"{text}\n{case.reason}\n"
    assert (suite.findtext("testsuite/system-out") or "").startswith(f"{case.headline}\n")


def test_json(case, make, metric_of):
    assert f'"outcome":"{case.outcome}"' in case.report(make, metric_of).model_dump_json()


def test_batch(case, make, metric_of):
    pending = Row(name="tiny", config="tiny.yaml", outcome="not run", message="")
    row = finished(case.report(make, metric_of), pending, seconds=1.0, exit_code=0)
    assert (row.outcome, row.message) == (case.outcome, case.headline.split(" ", 1)[1])
    from rich.console import Console

    console = Console(width=200, no_color=True)
    with console.capture() as captured:
        console.print(render_batch(BatchReport(created="", seconds=1.0, rows=(row,)), "out"))
    style = STYLES[row.outcome]
    assert f"{style.symbol} {style.name} " in captured.get()
    assert f"1 run: 1 {style.name.lower()} in 1.0 s" in captured.get()


def test_each_outcome_has_its_style():
    verdicts = [STYLES[outcome] for outcome in ("proven", "accepted", "over", "floating_point")]
    for looks in zip(
        *((s.name, s.symbol, s.colour, s.circle, s.css) for s in verdicts), strict=True
    ):
        assert len(set(looks)) == 4


def test_where_less_is_better_that_is_said(make, metric_of):
    facts = metric_of(0.01, 0.05, unit="", higher_is_better=False)
    facts["fp32"]["acceptance"]["value"], facts["result"]["acceptance"]["value"] = 0.5, 0.51
    assert verdict_text.drop_sentence(make(metrics={"rmse": facts}), "rmse") == (
        "goes 0.5 -> 0.51 (lower is better) on 200 unseen samples: drop 0.0100 counted (95 % "
        "interval 0.004 to 0.016); budget 0.0500"
    )


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (["-Infinity", "Infinity"], "its interval is unknown"),
        ([-0.001, "Infinity"], "95 % interval at least -0.1"),
        (["-Infinity", 0.002], "95 % interval at most 0.2"),
    ],
)
def test_ends_that_are_not_known_are_no_numbers(make, metric_of, interval, words):
    facts = metric_of(0.0)
    facts["result"]["acceptance"]["interval"] = interval
    assert f"counted ({words})" in verdict_text.drop_sentence(make(metrics={"m": facts}), "m")


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        ((True,), "Accepted, not proven"),
        ((False,), "Over budget for sse41 (native, limited to that instruction set)"),
    ],
)
def test_a_further_cpu_that_refuses_is_named(make, metric_of, passed, expected):
    score = {
        "drop": 0.03,
        "estimate": 0.03,
        "interval": [0.02, 0.04],
        "outcome": "accepted" if passed[0] else "over",
        "interval_result": "undecided" if passed[0] else "over",
        "passed": passed[0],
    }
    target = {
        "target": "sse41",
        "instruction_set": "sse41",
        "how": "limited",
        "passed": passed[0],
        "metrics": {"m": score},
    }
    report = make(
        metrics={"m": metric_of(0.008)},
        verdict__outcome="accepted" if passed[0] else "over",
        verdict__passed=passed[0],
        verdict__targets=[target],
    )
    assert verdict_text.headline(report) == expected


@pytest.mark.parametrize(
    ("folds", "models", "outcome", "words"),
    [
        (1, 1, "proven", ""),
        (2, 1, "proven", "what the other half chose, which was the same for both."),
        (2, 2, "accepted", "The two models differ, so the drop is that of both together;"),
        (2, 1, "floating_point", ""),
    ],
)
def test_what_cross_fitting_judged_is_said_in_every_form(make, folds, models, outcome, words):
    report = make(dataset__folds=folds, verdict__judged_models=models, verdict__outcome=outcome)
    sentence = verdict_text.cross_fitting(report)
    assert words in sentence
    assert bool(sentence) == bool(words)
    for page in (render_html(report), render_markdown(report), plain(report, width=400)):
        assert sentence in page
        assert ("Cross-fitted" in page) == bool(words)


@pytest.mark.parametrize(
    ("objective", "words"),
    [("latency", "is faster on this CPU"), ("size", "is smaller")],
)
def test_what_int8_does_not_gain_is_the_objective(make, objective, words):
    report = make(
        verdict__outcome="floating_point",
        verdict__floating_point_reason="speed",
        config__search={"objective": objective},
    )
    expected = f"Floating point: no INT8 model within the budget {words}"
    assert verdict_text.headline(report) == expected
