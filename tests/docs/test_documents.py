"""What the documents show works: commands, configs, links, code."""

import importlib
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pytest
import yaml

from calibrate.cli.main import COMMANDS
from calibrate.config.load import load_config
from calibrate.config.schema import RunConfig
from calibrate.core.sample import Facts, Item, image_sample
from calibrate.plugins import load
from calibrate.testing.decoders import check_decoder
from calibrate.testing.steps import check_step

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks/README.md"])
FENCE = re.compile(r"(?:<!-- (?P<mark>[^>]*) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```", re.DOTALL)
REQUIRED = {name for name, field in RunConfig.model_fields.items() if field.is_required()}
LINK = re.compile(r"\[[^]]*\]\((?P<target>[^)]+)\)")


class Block(NamedTuple):
    """A fenced block."""

    document: Path
    mark: str
    kind: str
    text: str


def blocks() -> list[Block]:
    return [
        Block(path, entry["mark"] or "", entry["kind"], entry["text"])
        for path in DOCUMENTS
        for entry in FENCE.finditer(path.read_text(encoding="utf-8"))
    ]


def commands() -> list[tuple[str, str]]:
    """Every line that begins with `calibrate`, with its document."""
    shown = [
        (str(block.document.relative_to(ROOT)), line)
        for block in blocks()
        if block.kind in ("", "bash")
        for line in block.text.splitlines()
    ]
    in_text = [
        (str(path.relative_to(ROOT)), entry)
        for path in DOCUMENTS
        for entry in re.findall(r"`(calibrate [^`]+)`", path.read_text(encoding="utf-8"))
    ]
    every = [*shown, *in_text]
    return sorted({(name, line) for name, line in every if line.startswith("calibrate ")})


@pytest.mark.parametrize(("document", "line"), commands())
def test_commands_exist_with_their_options(document, line):
    words = shlex.split(line.replace(" …", "").partition(" > ")[0])[1:]
    if words == ["--help"]:
        return
    assert words[0] in COMMANDS, f"{document}: {line}"
    module, _, name = COMMANDS[words[0]].target.partition(":")
    command = getattr(importlib.import_module(module), name)
    parser = command.make_parser(click.Context(command))
    parser.parse_args(words[1:])


def configs() -> list[Block]:
    return [
        block
        for block in blocks()
        if block.kind == "yaml" and set(yaml.safe_load(block.text)) >= REQUIRED
    ]


@pytest.mark.parametrize("block", configs(), ids=lambda block: block.document.stem)
def test_whole_configs_are_valid(block, tmp_path):
    for other in blocks():
        if other.document == block.document and other.mark.startswith("file: "):
            (tmp_path / other.mark.removeprefix("file: ")).write_text(other.text)
    path = tmp_path / "shown.yaml"
    # The table of names has files that only the reader has.
    text = re.sub(
        r"dataset: \S+\.yaml", "dataset: {adapter: {type: images, data_source: x}}", block.text
    )
    path.write_text(text)
    load_config(path, check_files=False)


def parts() -> list[Block]:
    known, calls = set(RunConfig.model_fields), []
    for block in blocks():
        content = yaml.safe_load(block.text) if block.kind == "yaml" else None
        if isinstance(content, dict) and set(content) < known and not set(content) >= REQUIRED:
            calls.append(block)
    return calls


@pytest.mark.parametrize("block", parts(), ids=lambda block: block.document.stem)
def test_parts_of_configs_are_valid(block, tmp_path):
    base = yaml.safe_load((ROOT / "configs" / "quickstart.yaml").read_text())
    base["dataset"] = {"adapter": {"type": "images", "data_source": "images"}}
    (tmp_path / "shown.yaml").write_text(yaml.safe_dump({**base, **yaml.safe_load(block.text)}))
    load_config(tmp_path / "shown.yaml", check_files=False)


def links() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), entry["target"])
        for path in DOCUMENTS
        for entry in LINK.finditer(re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL))
        if not entry["target"].startswith(("http", "mailto", "#"))
    ]


@pytest.mark.parametrize(("document", "target"), links())
def test_links_lead_somewhere(document, target):
    assert ((ROOT / document).parent / target.partition("#")[0]).exists()


def test_paths_of_the_code_that_are_named_exist():
    named = {
        (path.name, entry)
        for path in DOCUMENTS
        for entry in re.findall(
            r"`((?:calibrate|tests|benchmarks|configs|datasets|docs)/[\w./]+)`",
            path.read_text(encoding="utf-8"),
        )
    }
    missing = [
        (document, entry)
        for document, entry in sorted(named)
        if "NAME" not in entry and "/x/" not in entry and not (ROOT / entry).exists()
    ]
    assert missing == []


@pytest.fixture
def shown(tmp_path) -> Path:
    """The step and the decoder of the guide, as a file."""
    (block,) = [entry for entry in blocks() if entry.mark == "file: plugins.py"]
    (tmp_path / "plugins.py").write_text(block.text)
    return tmp_path


def test_step_of_the_guide(shown):
    pixels = np.full((4, 5, 3), 128, np.uint8)
    step = load("steps", "plugins.py:Gamma", folder=shown)(exponent=2.0)
    made = check_step(step, image_sample(Item("one"), pixels))
    np.testing.assert_allclose(made.image, 128**2 / 255)


def test_decoder_of_the_guide(shown):
    decoder = load("decoders", "plugins.py:Angle", folder=shown)()
    outputs = {"angle": np.array([1.0, 1.0], np.float32)}
    prediction = check_decoder(
        decoder, outputs, Facts("one"), changed={"angle": np.array([1.0, 0.9], np.float32)}
    )
    np.testing.assert_allclose(prediction.values, [45.0], rtol=1e-5)
    assert decoder.problems({"angle": (1, 2)}) == []
    assert decoder.problems({"angle": (1, 3)}) != []
