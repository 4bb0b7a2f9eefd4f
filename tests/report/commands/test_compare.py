import json

from rich.console import Console

from calibrate.cli.main import run
from calibrate.report.commands.compare import compare_runs, render_comparison


def lines(comparison):
    return {line.name: (line.first, line.second) for line in comparison.lines if line.differs}


def test_equal_runs_differ_in_nothing(make):
    comparison = compare_runs(make(), make())
    assert lines(comparison) == {}
    assert comparison.groups == ()
    assert comparison.cautions == ()


def test_what_changed_is_named(make, group_of, metric_of):
    first = make(
        groups=[group_of(1, "int8"), group_of(2, "fp32"), group_of(3, "int8")],
        metrics={"accuracy@1": metric_of(0.004)},
    )
    second = make(
        groups=[group_of(1, "int8"), group_of(2, "int8"), group_of(4, "int8")],
        metrics={"accuracy@1": metric_of(0.014)},
        environment__cpu="another",
    )
    comparison = compare_runs(first, second)
    assert lines(comparison)["accuracy@1, result"] == ("84.6 %", "83.6 %")
    assert lines(comparison)["groups in floating point"] == ("1 of 3", "0 of 3")
    assert [(g.name, g.first, g.second) for g in comparison.groups] == [("/conv2", "fp32", "int8")]
    assert comparison.only_first == ("/conv3",)
    assert comparison.only_second == ("/conv4",)
    assert comparison.cautions == ("the CPUs differ, so latencies are not comparable",)


def test_a_metric_of_one_run_alone(make, metric_of):
    first = make(metrics={"accuracy@1": metric_of()})
    second = make(metrics={"accuracy@5": metric_of()})
    changed = lines(compare_runs(first, second))
    assert changed["accuracy@5, result"][0] == "not measured"
    assert changed["accuracy@1, result"][1] == "not measured"


def test_names_cannot_steer_the_terminal(make, group_of):
    evil = "\x1b[2Jconv"
    comparison = compare_runs(
        make(groups=[group_of(1, "int8", name=evil)]),
        make(groups=[group_of(1, "fp32", name=evil)]),
    )
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(render_comparison(comparison))
    assert "\\x1b[2Jconv" in console.export_text()


def test_the_command(make, tmp_path, capsys):
    for name, value in (("a", 100.0), ("b", 50.0)):
        (tmp_path / name).mkdir()
        report = make(performance__result__latency_ms=value)
        (tmp_path / name / "report.json").write_text(report.model_dump_json())
    assert run(["compare", str(tmp_path / "a"), str(tmp_path / "b" / "report.json")]) == 0
    text = capsys.readouterr().out
    assert "latency, result" in text
    assert run(["compare", str(tmp_path / "a"), str(tmp_path / "a"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"] == []


def test_budgets_stand_beside_verdicts_and_other_judges_are_a_caution(make, metric_of):
    first = make(metrics={"m": metric_of(budget=0.01)})
    second = make(
        metrics={"m": metric_of(budget=0.02)},
        dataset__acceptance=50,
        deployment={"inference_precision": "bf16", "properties": {}},
    )
    comparison = compare_runs(first, second)
    assert lines(comparison)["m, budget"] == ("1.00 points", "2.00 points")
    assert comparison.cautions == (
        "other samples judged",
        "floating point was measured at another inference precision",
    )
