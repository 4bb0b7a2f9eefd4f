"""A batch as Markdown and as an HTML page."""

from html.parser import HTMLParser

import pytest

from calibrate.report.commands.batch import BatchReport, MetricDrop, Row
from calibrate.report.commands.batch_html import batch_html
from calibrate.report.commands.batch_markdown import batch_markdown

DROP = MetricDrop(metric="accuracy@1", unit="fraction", drop=0.002, budget=0.01)


def row(name, outcome, **more):
    return Row(name=name, config=f"{name}.yaml", outcome=outcome, message="so it ended", **more)


def batch(*rows):
    return BatchReport(created="2026-01-02T00:00:00+00:00", seconds=90.0, rows=rows)


@pytest.mark.parametrize(
    ("outcome", "mark", "name"),
    [
        ("proven", "✅", "🟢 ✓ Proven within budget"),
        ("accepted", "✅", "🟡 ≈ Accepted, not proven"),
        ("over", "❌", "🔴 ✕ Over budget"),
        ("floating_point", "❌", "🔵 ○ Floating point"),
        ("failed", "❌", "🔴 ! Failed"),
        ("not run", "❌", "🟣 – Not run"),
    ],
)
def test_markdown_of_every_outcome(outcome, mark, name):
    text = batch_markdown(
        batch(row("a", outcome, drops=(DROP,), speedup=1.5, file_bytes=2_000_000))
    )
    assert text.startswith(f"### {mark} calibrate: 1 run: 1 ")
    assert f"| `a` | {name} | " in text
    assert "| 1.50× | 2.0 MB |" in text
    assert ("- `a`: so it ended" in text) == (mark == "❌")


def test_nothing_is_green_where_nothing_ran():
    assert batch_markdown(batch()).startswith("### ❌")


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.text += data


def test_the_page_links_to_reports_that_are_there(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "report.html").write_text("x")
    rows = [
        row(name, "proven", report=str(tmp_path / name / "report.json"), drops=(DROP,))
        for name in ("a", "b")
    ]
    page = Links(batch_html(batch(*rows), tmp_path))
    assert page.found == ["a/report.html"]


def test_names_are_text_in_the_page(tmp_path):
    evil = "<script>alert(1)</script>"
    text = batch_html(batch(row(evil, "failed", log=evil)), tmp_path)
    assert "<script>" not in text
    assert evil in Links(text).text
