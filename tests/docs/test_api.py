"""Every example of the API's page runs, on a small model."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) == 6


def test_examples_run(make_job, monkeypatch, capsys):
    monkeypatch.chdir(make_job().parent)
    for number, example in enumerate(EXAMPLES):
        try:
            exec(compile(example, f"docs/api.md, example {number}", "exec"), {})
        except Exception as error:
            error.add_note(example)
            raise
    output = capsys.readouterr().out
    assert "True everything" in output or "True all" in output
    assert "accuracy@1" in output


@pytest.mark.parametrize(
    "name", ["run", "load_config", "load_report", "CalibrateError", "Problems"]
)
def test_the_page_names_what_there_is(name):
    assert f"calibrate.{name}" in PAGE or f"`{name}`" in PAGE
