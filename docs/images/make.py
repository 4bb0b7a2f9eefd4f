"""Write report.png: the HTML report of the built-in sample, as a browser shows it.

    python docs/images/make.py

Needs the extra `test` and Chromium. The sample is calibrated in a temporary folder.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from calibrate.cli.main import run

PICTURE = Path(__file__).with_name("report.png")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Calibrate the sample and take the picture."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        code = run(["demo", "--output-dir", folder, "--no-progress"])
        if code != 0:
            sys.exit(code)
        page = Path(folder, "out", "quickstart", "report.html")
        picture_of(page, browser)


def picture_of(page: Path, browser: str) -> None:
    """The top of a page at 1100 x 760 pixels."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        view = chromium.new_page(viewport={"width": 1100, "height": 760})
        view.goto(page.as_uri())
        view.screenshot(path=PICTURE)
        chromium.close()


if __name__ == "__main__":
    main()
