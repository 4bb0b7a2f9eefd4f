import json
from typing import Literal

import pytest
from click.testing import CliRunner

from calibrate import plugins
from calibrate.cli.list import list_command
from calibrate.core.component import Component


class Widen(Component):
    """Make it wider.

    Example:
        preprocessing:
          - {type: widen, by: 2}
    """

    by: int
    """How much, in pixels."""
    how: Literal["left", "both"] = "both"
    """On which sides."""


class Narrow(Component):
    """Make it narrower."""


@pytest.fixture(autouse=True)
def steps(monkeypatch):
    steps_of_plugin = {"widen": f"{__name__}:Widen", "narrow": f"{__name__}:Narrow"}
    monkeypatch.setitem(__import__("sys").modules, __name__, _module())
    monkeypatch.setitem(plugins.CATALOGS, "steps", steps_of_plugin)


def _module():
    import types

    module = types.ModuleType(__name__)
    module.Widen, module.Narrow = Widen, Narrow  # type: ignore[attr-defined]
    return module


def output(*words: str) -> str:
    done = CliRunner().invoke(list_command, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_lists_a_family():
    assert output("steps") == "narrow  Make it narrower.\nwiden   Make it wider.\n"


def test_lists_all_families_by_their_names():
    lines = output().splitlines()
    assert [line.split()[0] for line in lines if line[0].islower()] == [
        "adapters",
        "steps",
        "decoders",
        "metrics",
    ]
    assert "steps     narrow, widen" in lines
    assert lines[-1] == "Next: calibrate list metrics accuracy"
    assert json.loads(output("--json"))["steps"] == ["narrow", "widen"]


def test_shows_one():
    assert output("steps", "widen") == (
        "widen: Make it wider.\n"
        "\n"
        "Parameters:\n"
        "  by   whole number; required. How much, in pixels.\n"
        "  how  'left' | 'both'; default \"both\". On which sides.\n"
        "\n"
        "Example:\n"
        "  preprocessing:\n"
        "    - {type: widen, by: 2}\n"
    )


def test_shows_one_without_parameters():
    assert output("steps", "narrow") == "narrow: Make it narrower.\n"


def test_json():
    assert [entry["name"] for entry in json.loads(output("steps", "--json"))] == ["narrow", "widen"]
    shown = json.loads(output("steps", "widen", "--json"))
    assert shown["parameters"][0] == {
        "name": "by",
        "type": "whole number",
        "required": True,
        "default": None,
        "description": "How much, in pixels.",
    }


def test_one_that_cannot_be_imported_hides_no_other(monkeypatch):
    monkeypatch.setitem(plugins.CATALOGS["steps"], "lost", "calibrate.preprocessing.lost:Lost")
    assert output("steps") == (
        "lost    'lost' cannot be imported (No module named 'calibrate.preprocessing.lost'); "
        "install what\n"
        "        calibrate.preprocessing.lost needs\n"
        "narrow  Make it narrower.\n"
        "widen   Make it wider.\n"
    )
