"""The changelog keeps its form, and names every component."""

import re
from pathlib import Path

from calibrate.plugins import CATALOGS

TEXT = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")


def test_form():
    assert TEXT.startswith("# Changelog\n")
    versions = re.findall(r"^## \[(.+?)\]", TEXT, re.MULTILINE)
    assert versions[0] == "Unreleased"
    kinds = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_every_component_is_named():
    missing = [name for catalog in CATALOGS.values() for name in catalog if f"`{name}`" not in TEXT]
    assert missing == []
