import pytest

from calibrate.config.schema import Output
from calibrate.report.formats.files import FILE_NAMES, files, render_report
from calibrate.report.load import parse


def test_every_form_that_a_config_can_ask_for(make):
    asked = Output.model_validate({"dir": "out", "reports": list(FILE_NAMES)}).reports
    made = files(make(), asked)
    assert list(made) == ["report.json", "junit.xml", "report.md", "report.html"]
    assert all(text.endswith("\n") for text in made.values())


def test_a_form_asked_for_twice_is_made_once(make):
    assert list(files(make(), ("json", "json"))) == ["report.json"]
    assert files(make(), ()) == {}


def test_json_reads_back(make, hostile_report):
    for report in (make(), hostile_report):
        assert parse(render_report(report, "json").encode(), "here") == report


@pytest.mark.parametrize("form", FILE_NAMES)
def test_hostile_names_can_be_encoded_in_every_form(hostile_report, form):
    render_report(hostile_report, form).encode("utf-8")


@pytest.mark.parametrize("form", FILE_NAMES)
@pytest.mark.parametrize(
    "change",
    [
        {"groups": [], "front": [], "recipes": [], "ranges": [], "changes": []},
        {"cost__stages": {}, "cost__floor": {"seconds": 0, "compilations": 0, "inferences": 0}},
        {"metrics": {}, "front": []},
        {"model__written": None, "labels": []},
        {"config": {"search": {"objective": "size"}}},
    ],
    ids=["empty", "no cost", "no metrics", "nothing written", "size"],
)
def test_parts_may_be_missing(make, form, change):
    assert render_report(make(**change), form)


@pytest.mark.parametrize("form", FILE_NAMES)
@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 0.0, 1e300, 1e-300])
def test_strange_numbers_break_no_form(make, metric_of, group_of, form, number):
    facts = metric_of()
    facts["fp32"]["acceptance"]["value"] = number
    facts["result"]["acceptance"] |= {"value": number, "drop": number, "interval": [number, number]}
    groups = [group_of(1, "fp32", sensitivity={"int8": number}, microseconds={"fp32": number})]
    times = dict.fromkeys(("latency_ms", "latency_low_ms", "latency_high_ms", "throughput"), number)
    performance = make().model_dump()["performance"]
    performance["result"] |= {**times, "speedup": number}
    report = make(metrics={"m": facts}, groups=groups, performance=performance)
    assert render_report(report, form)


@pytest.mark.parametrize("form", FILE_NAMES)
def test_no_escape_of_a_terminal_gets_through(form, make, group_of):
    evil = "\x1b[2J"
    report = make(created=evil, groups=[group_of(1, "fp32"), group_of(2, f"int8{evil}")])
    for text in files(report, [form]).values():
        assert "\x1b" not in text
