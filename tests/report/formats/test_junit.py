from defusedxml.ElementTree import fromstring

from calibrate.report.formats.junit import render_junit


def test_a_case_a_metric(make, metric_of):
    report = make(
        metrics={"accuracy@1": metric_of(0.03), "accuracy@5": metric_of(0.001)},
        verdict__passed=False,
        verdict__outcome="over",
    )
    root = fromstring(render_junit(report))
    (suite,) = root
    assert suite.attrib == {
        "name": "calibrate tiny",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "time": "40.000",
        "skipped": "0",
        "timestamp": "2026-05-04T03:02:01+00:00",
    }
    first, second = suite.findall("testcase")
    assert (first.get("classname"), first.get("name")) == ("tiny", "accuracy@1")
    failure = first.find("failure")
    assert failure.get("message") == (
        "accuracy@1 goes 85.0 -> 82.0 % on 200 unseen samples: drop 3.00 points counted (95 % "
        "interval 2.4 to 3.6); budget 1.00 points"
    )
    assert "The whole interval of the drop is over the budget." in failure.text
    assert "Next: Set `search.recipes: thorough`." in failure.text
    assert second.find("failure") is None
    assert "drop 0.10 points" in second.find("system-out").text


def test_hostile_names_stay_text(hostile_report):
    text = render_junit(hostile_report)
    (suite,) = fromstring(text)
    (case,) = suite.findall("testcase")
    assert "<script>alert(1)</script>" in case.get("name")
    assert "</testcase>" in case.get("name")
    assert "\\x00" in case.get("name")
    assert {letter for letter in text if not letter.isprintable()} <= {"\n", "\t"}
