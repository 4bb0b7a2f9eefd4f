"""The stylesheet and the script that every HTML page contains, with their digests."""

import base64
import hashlib
from importlib.resources import files


def page_part(name: str) -> str:
    """Return a file of the templates' folder, such as `style.css`."""
    return files("calibrate.report.formats").joinpath("templates", name).read_text(encoding="utf-8")


def policy_digest(text: str) -> str:
    """Return the hash by which a page's policy allows only this style or script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
