from html.parser import HTMLParser

from markdown_it import MarkdownIt

from calibrate.report.formats.markdown import render_markdown


def test_reads_as_a_comment(make):
    text = render_markdown(make())
    assert text.startswith("### 🟢 ✓ Proven within budget: tiny\n")
    assert (
        "| `accuracy@1` | 85.0 % | 82.5 % | 84.6 % | 0.40 points | -0.2 to 1.0 | 0.40 points | "
        "1.00 points | 🟢 ✓ |"
    ) in text
    assert "| `/conv2` | accuracy | 33.3 % | 80 µs |" in text
    assert len(text.splitlines()) < 40


def test_over_budget(make, metric_of):
    metrics = {"accuracy@1": metric_of(0.03)}
    text = render_markdown(make(metrics=metrics, verdict__passed=False, verdict__outcome="over"))
    assert text.startswith("### 🔴 ✕ Over budget: tiny\n")
    assert text.count("🔴 ✕") == 2


class Tags(HTMLParser):
    """Counts what a reader's page would be made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, int] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found[tag] = self.found.get(tag, 0) + 1
        assert attrs == [] or (tag in {"th", "td"} and [key for key, _ in attrs] == ["style"])


def test_hostile_names_stay_text(hostile_report):
    # The renderer that comes with rich; it passes HTML on, as GitHub's does before it cleans.
    page = MarkdownIt("commonmark").enable("table").render(render_markdown(hostile_report))
    tags = Tags(page).found
    assert set(tags) <= {
        *("h3", "p", "blockquote", "strong", "ul", "li", "code", "details", "summary"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert (tags["table"], tags["tr"], tags["td"], tags["h3"]) == (3, 9, 29, 1)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 8
    outside = page.replace("<code>", "\0").split("\0")
    assert not any("@name" in part.rpartition("</code>")[2] for part in outside)
