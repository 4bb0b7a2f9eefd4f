import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from calibrate.report.formats.html import render_html

ROOT = Path(__file__).parents[3]
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Elements with their attributes, and whether every one is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def test_says_the_verdict_first(make):
    page = Page(render_html(make()))
    sets = " ".join(" ".join(page.words).split())
    start = sets.index("Proven within budget", sets.index("on shapes"))
    assert (
        "accuracy@1 goes 85.0 -> 84.6 % on 200 unseen samples: drop 0.40 points"
        in sets[start : start + 200]
    )


def test_fetches_nothing(make):
    text = render_html(make())
    page = Page(text)
    assert not re.search(r"(src|href|action|data)\s*=\s*[\"']?\s*(https?:|//)", text)
    assert not re.search(r"@import|url\((?!#)", text)
    (policy,) = [meta for meta in page.all("meta") if "http-equiv" in meta]
    assert policy["content"].startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not any("style" in attributes for _, attributes in page.elements)
    assert not any(key.startswith("on") for _, attrs in page.elements for key in attrs)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"groups": [], "front": [], "recipes": [], "ranges": [], "changes": []},
        {"verdict__passed": False, "verdict__outcome": "over"},
        {"verdict__outcome": "accepted", "verdict__interval_result": "undecided"},
    ],
)
def test_is_sound_for_a_screen_reader(make, change):
    page = Page(render_html(make(**change)))
    assert {tag for tag, _ in page.elements} >= {"header", "nav", "main", "footer", "h1"}
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    referred = [
        name
        for _, attributes in page.elements
        for name in (attributes.get("aria-labelledby") or "").split()
    ]
    assert set(referred) <= set(ids)
    links = {link["href"][1:] for link in page.all("a")}
    assert links <= set(ids)
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or (svg["role"] and svg["aria-labelledby"])
    assert all("alt" in image for image in page.all("img"))


def test_labels_at_the_right_edge_end_inside_of_the_chart(make):
    ticks = [text for text in Page(render_html(make())).all("text") if text.get("y") == "301"]
    assert {text["text-anchor"] for text in ticks} == {"middle", "end"}
    for text in ticks:
        assert float(text["x"]) <= {"middle": 536, "end": 558}[text["text-anchor"]]


def test_hostile_names_stay_text(hostile_report):
    text = render_html(hostile_report)
    page = Page(text)
    assert len(page.all("script")) == 1
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in page.all("img"))
    assert not any(key.startswith("on") for _, attrs in page.elements for key in attrs)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "{{ 7 * 7 }}" in text


def test_saturation_has_a_column_where_it_was_counted(make, group_of):
    assert "saturates" not in render_html(make())
    text = render_html(make(groups=[group_of(1, "int8", saturation=0.0125), group_of(2, "int8")]))
    assert '<td class="number" data-value="0.0125">1.25 %</td>' in text


def test_every_group_is_drawn_and_listed(make, group_of):
    page = Page(render_html(make(groups=[group_of(n, "int8") for n in range(1, 8)])))
    columns = [attrs for tag, attrs in page.elements if attrs.get("class") == "column"]
    assert [column["tabindex"] for column in columns] == ["0", *["-1"] * 6]
    assert all(column["aria-label"] for column in columns)


def test_the_largest_reports_stay_small(make, group_of, change_of):
    name = "/backbone/stage3/block17/attention/projection"
    report = make(
        groups=[group_of(n, "fp32", name=f"{name}{n}") for n in range(1, 1501)],
        changes=[
            change_of(0, 0, 1, sample=f"{n}", thumbnail="A" * 16_000 if n < 60 else "")
            for n in range(200)
        ],
    )
    assert len(render_html(report).encode()) < 5_000_000


def test_the_wheel_holds_the_templates(tmp_path):
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    inside = {
        Path(name).name for name in ZipFile(built).namelist() if "report/formats/templates" in name
    }
    pages = ("report", "analysis", "batch", "draw", "candidates", "graph", "classes", "ranges")
    assert inside == {*(f"{page}.html.j2" for page in pages), "style.css", "script.js"}


def test_images_of_other_tasks_are_reported_in_words(make):
    entry = {
        "sample": "street.jpg",
        "source": "street.jpg",
        "summary": "2 of 5 boxes lost: 1 person, 1 <dog>",
        "amount": 0.4,
        "images": "acceptance",
        "thumbnail": "",
    }
    page = render_html(make(differences=[entry], changes=[]))
    assert 'href="#differences"' in page
    assert "1 sample of those whose outputs moved most from FP32" in page
    assert "2 of 5 boxes lost: 1 person, 1 &lt;dog&gt;" in page
    assert "street.jpg" in page
    assert "differences-title" not in render_html(make())


def test_the_style_sheet_is_in_the_page(make):
    page = render_html(make())
    sheet = page.partition("<style>")[2].partition("</style>")[0]
    assert sheet.startswith(":root {")
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page


@pytest.mark.parametrize(
    ("calibrated", "ranked_by", "sentence"),
    [
        (
            False,
            "sensitivity",
            (
                "For the most sensitive groups: the band is the range that calibration set; what "
                "FP32 produced was observed on 16 samples that calibration did not use."
            ),
        ),
        (
            True,
            "clipping",
            (
                "For the groups that clip most: the band is the range that calibration set; what "
                "FP32 produced was observed on 16 samples that calibration used too."
            ),
        ),
    ],
)
def test_ranges_say_what_they_were_observed_on(make, calibrated, ranked_by, sentence):
    facts = make().ranges[0].model_dump() | {
        "calibrated": calibrated,
        "ranked_by": ranked_by,
        "images": 16,
    }
    assert sentence in render_html(make(ranges=[facts]))


@pytest.mark.parametrize(("folds", "shown"), [(1, True), (2, False)])
def test_search_images_stand_beside_unless_they_are_the_same(make, folds, shown):
    assert ("accuracy@1, search samples" in render_html(make(dataset__folds=folds))) == shown


@pytest.mark.parametrize(
    ("int8", "words"), [(60.0, "give up 0.04 ms of time"), (140.0, "win 0.04 ms of time")]
)
def test_what_falling_back_costs_is_said_to_be_of_counters(make, group_of, int8, words):
    times = {"fp32": 100.0, "int8": int8}
    groups = [group_of(1, "fp32", microseconds=times), group_of(2, "int8")]
    text = " ".join(render_html(make(groups=groups)).split())
    assert f"{words} by the counters of single layers; the measured latencies stand above." in text


def test_floating_point_as_deployed_has_a_column_where_it_is_not_fp32(make):
    assert ">BF16<" not in render_html(make())
    report = make()
    reduced = report.performance["fp32"].model_copy(
        update={"latency_ms": 5.0, "inference_precision": "bf16"}
    )
    page = render_html(
        report.model_copy(update={"performance": {**report.performance, "float": reduced}})
    )
    assert '<th scope="col" class="number">BF16</th>' in page
    assert "as fast as BF16, which OpenVINO computes floating point in here: 4.00 ms" in page
