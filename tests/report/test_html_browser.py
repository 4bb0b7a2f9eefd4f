"""The HTML report in a real browser."""

import shutil
from collections.abc import Iterator

import pytest

from calibrate.report.formats.html import render_html

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Opens a report from a file; fails on anything but a silent page that asks for nothing."""
    complaints, pages = [], []

    def opened(report, width=1440, scheme="light"):
        path = tmp_path / "report.html"
        path.write_text(render_html(report), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: _note(complaints, request.url, path.as_uri()))
        page.goto(path.as_uri())
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []


def _note(complaints, url, own):
    if url != own and not url.startswith("data:"):
        complaints.append(f"asked for {url}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_fits_and_shows_its_plots(open_page, make, width, scheme):
    page = open_page(make(), width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h1").inner_text().endswith("Proven within budget")
    for plot in ("#accuracy0", "#front", "#groups-chart", ".gauge", ".cost"):
        box = page.locator(plot).bounding_box()
        assert box["width"] > 200, plot
        assert box["height"] > 20, plot
    images = "Array.from(document.images, (image) => image.naturalWidth > 0)"
    assert page.evaluate(images) == [True] * 4


def test_hostile_names_do_nothing(open_page, hostile_report):
    page = open_page(hostile_report, 390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("script").count() == 1


def names(page):
    return page.locator("#groups-table tbody th").all_inner_texts()


def test_sorts_by_numbers_and_by_words(open_page, make, group_of):
    groups = [
        group_of(2, "int8"),
        group_of(10, "fp32"),
        group_of(9, "int8", sensitivity={}, sensitivity_error={}),
        group_of(1, "int8"),
    ]
    page = open_page(make(groups=groups))
    heading = page.locator("#groups-table th", has_text="sensitivity")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert names(page) == ["/conv10", "/conv2", "/conv1", "/conv9"]
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert names(page) == ["/conv1", "/conv2", "/conv10", "/conv9"]
    page.locator("#groups-table th", has_text="group").get_by_role("button").click()
    assert names(page) == ["/conv1", "/conv2", "/conv9", "/conv10"]
    assert page.locator("#groups-table th[aria-sort]").count() == 1


def test_tells_the_operations_on_hover_and_by_keyboard(open_page, make):
    page = open_page(make())
    readout = page.locator("#readout")
    page.locator("#groups-chart .column").nth(1).hover()
    assert readout.inner_text().startswith("2. /conv2: FP32 because of accuracy")
    page.locator("#groups-chart .column").first.focus()
    assert readout.inner_text().startswith("1. /conv1: INT8")
    page.keyboard.press("End")
    assert readout.inner_text().startswith("3. /conv3")
    page.keyboard.press("ArrowLeft")
    assert readout.inner_text().startswith("2. /conv2")
    assert page.locator("#groups-chart .column[tabindex='0']").count() == 1


def test_shows_only_some_of_the_images(open_page, make):
    page = open_page(make())
    chips = page.locator(".chips")
    chips.get_by_role("button", name="lost").click()
    assert page.locator(".card:visible .effect").all_inner_texts() == ["✕ lost unseen"]
    chips.get_by_role("button", name="all").click()
    assert page.locator(".card:visible").count() == 4


# WCAG 2.1: text needs 4.5 to 1, large text and graphics 3 to 1, against what is behind it.
CONTRAST = """
() => {
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const worst = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("title, desc, script, style, .hidden, .skip")) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.closest("svg") ? style.fill : style.color);
    const pair = [luminance(ink), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) worst[element.className.baseVal ?? element.className] = ratio;
  }
  return worst;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("outcome", ["proven", "accepted", "over", "floating_point"])
def test_every_text_has_contrast(open_page, make, scheme, outcome):
    page = open_page(
        make(verdict__outcome=outcome, verdict__passed=outcome != "over"), scheme=scheme
    )
    assert page.evaluate(CONTRAST) == {}


def test_prints_in_full(open_page, make, group_of):
    page = open_page(make(groups=[group_of(n, "fp32") for n in range(1, 60)]))
    page.emulate_media(media="print")
    assert not page.locator("header").is_visible()
    boxes = "Array.from(document.querySelectorAll('.scroll, pre'))"
    assert max(page.evaluate(f"{boxes}.map((e) => e.scrollHeight - e.clientHeight)")) <= 1
    page.set_viewport_size({"width": 720, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    assert len(page.pdf()) > 10_000
