"""Every line of the catalogs leads to a component that does its duty and shows an example."""

import os
from pathlib import Path

import pytest

from calibrate.cli.catalog import card
from calibrate.config.components import duties
from calibrate.config.compose import Composer
from calibrate.config.schema import ComponentSpec, MetricSpec
from calibrate.config.suggest import keys
from calibrate.config.tree import Node, Place, plain
from calibrate.core.component import Adapter, Decoder, Metric, Step
from calibrate.plugins import CATALOGS, load

CONTRACTS = {"adapters": Adapter, "steps": Step, "decoders": Decoder, "metrics": Metric}
SECTIONS = {
    "adapters": "adapter",
    "steps": "preprocessing",
    "decoders": "decoder",
    "metrics": "metrics",
}
LINES = [(kind, name) for kind, names in CATALOGS.items() for name in names]


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_leads_to_a_component_that_does_its_duty(kind, name):
    class_ = load(kind, name, folder=Path())
    there = {member for base in class_.__mro__ for member in vars(base)}
    assert set(duties(CONTRACTS[kind])) <= there
    spec = MetricSpec if kind == "metrics" else ComponentSpec
    assert set(keys(class_)) & set(keys(spec)) == set()


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_is_described_in_words(kind, name):
    shown = card(name, load(kind, name, folder=Path()))
    assert shown.summary.endswith(".")
    assert [p.name for p in shown.parameters if not p.description] == []


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_the_example_is_valid(kind, name):
    class_ = load(kind, name, folder=Path())
    example = card(name, class_).example
    composer = Composer(lambda line: Place(Path("/x.yaml"), "x.yaml", line), Anything(os.environ))
    node = composer.compose(example)
    assert node is not None, "the docstring holds no indented YAML"
    assert composer.problems == []
    result = components(node, SECTIONS[kind])
    assert result, f"the example has no '{SECTIONS[kind]}'"
    for entry in result:
        spec_keys = keys(MetricSpec) if kind == "metrics" else ["type"]
        other = load(kind, entry["type"], folder=Path())
        assert other is class_ or entry["type"] in CATALOGS[kind]
        other.model_validate({k: v for k, v in entry.items() if k not in spec_keys})


class Anything(dict[str, str]):
    """An environment in which every variable is set."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return "x"

    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return self[key]


def components(node: Node, section: str) -> list[dict]:
    """The components of an example: under their section, or standing alone."""
    content = plain(node)
    if isinstance(content, dict) and "dataset" in content:
        content = content["dataset"]
    if isinstance(content, dict) and "type" not in content:
        content = content.get(section)
    if isinstance(content, dict):
        content = [content]
    return [entry for entry in content or [] if "type" in entry]
