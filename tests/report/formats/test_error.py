"""A run without a result has a report in every format, and nothing in it is green."""

import json

import pytest
from defusedxml.ElementTree import fromstring

from calibrate.report.error_report import ErrorReport
from calibrate.report.formats.error import error_files

FORMS = ("json", "junit", "markdown", "html")
HOSTILE = "a <script>alert(1)</script> | `b` \x1b[31m \u202e"


def failed(**changes) -> ErrorReport:
    facts = {
        "created": "2026-05-04T03:02:01+00:00",
        "state": "failed",
        "model": "tiny",
        "problems": ("data/a.png: it is no image; put it back",),
    }
    return ErrorReport(**(facts | changes))


def test_markdown():
    (text,) = error_files(failed(), ["markdown"]).values()
    assert text == "### 🔴 ! Failed: tiny\n\n- data/a.png: it is no image; put it back\n"


def test_junit_is_an_error():
    (text,) = error_files(failed(previous="report.previous.json"), ["junit"]).values()
    root = fromstring(text)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "1")
    (error,) = root.iter("error")
    assert error.get("message") == "Failed"
    assert error.text == (
        "data/a.png: it is no image; put it back\n"
        "The model of an earlier run may still be there; its report is report.previous.json.\n"
    )


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        ("failed", "Failed"),
        ("interrupted", "Interrupted"),
        ("unfinished", "Not finished: the run is under way, or was killed"),
    ],
)
def test_each_state_in_each_format(state, headline):
    report = failed(state=state)
    texts = error_files(report, FORMS)
    assert json.loads(texts["report.json"])["state"] == state
    assert all(headline in texts[name] for name in ("junit.xml", "report.md", "report.html"))
    assert not any(green in text for text in texts.values() for green in "✓🟢✅")


@pytest.mark.parametrize("form", ["junit", "markdown", "html"])
def test_hostile_names_stay_text(form):
    (text,) = error_files(failed(model=HOSTILE, problems=(HOSTILE,)), [form]).values()
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
