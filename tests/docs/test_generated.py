"""The pages that are generated are what the code says now."""

import importlib.util
from pathlib import Path

import pytest

from calibrate.config.schema import RunConfig
from calibrate.plugins import CATALOGS

DOCS = Path(__file__).parents[2] / "docs"


def _generator():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("name", GENERATOR.PAGES)
def test_page_is_what_is_generated(name):
    page = (DOCS / name).read_text(encoding="utf-8")
    assert page == GENERATOR.PAGES[name]().rstrip() + "\n", "run python docs/generate.py"


def test_every_key_is_there():
    page = GENERATOR.config_page()
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    sections = [field.annotation for field in RunConfig.model_fields.values()]
    keys = {
        field.alias or name
        for section in [RunConfig, *sections]
        for name, field in getattr(section, "model_fields", {}).items()
    }
    assert keys
    assert keys - rows == set()
    assert {"validate", "quantile_outlier_prob", "reference", "layout"} <= rows


def test_every_key_is_documented():
    silent = [
        line
        for page in GENERATOR.PAGES.values()
        for line in page().splitlines()
        if line.startswith("| `") and line.rstrip("| ").count("|") < 4
    ]
    assert silent == []


def test_every_component_is_there():
    headings = [
        line for line in GENERATOR.components_page().splitlines() if line.startswith("### ")
    ]
    listed = [name for line in headings for name in line.split("`")[1::2]]
    known = [name for catalog in CATALOGS.values() for name in catalog]
    assert sorted(listed) == sorted(known)


def test_the_table_of_the_readme_is_what_was_measured():
    page = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert page == GENERATOR.readme(page), "run python docs/generate.py"


def test_a_row_of_the_table():
    entry = {"value": 0.85, "drop": 0.01, "drop_low": -0.002, "drop_high": 0.02}
    entry |= {"speedup": 1.5, "speedup_low": 1.4, "speedup_high": 1.6}
    facts = {"metric": "accuracy@1", "budget": 0.005, "splits": 3, "images": 250, "deployed": "f32"}
    tools = {"FP32": entry, "plain INT8": entry, "calibrate": entry}
    content = {"cpu": "CPU", "date": "2026-01-02", "models": {"Net": facts | {"tools": tools}}}
    row = GENERATOR.benchmark_table(content).splitlines()[2]
    cell = "85.0, drop 1.0 (-0.2 to 2.0), 1.50× (1.40 to 1.60)"
    assert row == f"| Net, accuracy@1 | 85.0 | {cell} | {cell} | failed |"
