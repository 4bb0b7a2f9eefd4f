from pathlib import Path

import pytest

from calibrate.config.files import read_yaml
from calibrate.config.tree import plain
from calibrate.migrate.notes import Notes
from calibrate.migrate.places import Expanding
from calibrate.migrate.rendering import header, yaml_of

TEXTS = ["1e-3", "010", "yes", "0x1F", "null", "~", "a: b", "${HOME}", "x\ny", "- a", "#", "1,2"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_read_back_as_they_were(text, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(yaml_of({"name": text, "steps": [{"type": text}]}))
    content = read_yaml(path, {})
    assert content.problems == ()
    assert plain(content.root) == {"name": text, "steps": [{"type": text}]}


def test_numbers_are_read_back_as_they_were(tmp_path):
    values = {"a": [1e-05, 0.1, 3, -2.5e20, True, None], "b": {"c": 0.0001}}
    path = tmp_path / "a.yaml"
    path.write_text(yaml_of(values))
    assert plain(read_yaml(path, {}).root) == values


def test_variables_of_calibrate_expand(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text(yaml_of({"path": Expanding("${DATA_DIR:-.}/images")}))
    assert plain(read_yaml(path, {"DATA_DIR": "/d"}).root) == {"path": "/d/images"}


def test_components_stand_on_a_line_and_nothing_is_an_anchor():
    shared = [1, 2]
    text = yaml_of({"steps": [{"type": "crop", "size": shared}, {"type": "crop", "size": shared}]})
    assert text == ("steps:\n  - {type: crop, size: [1, 2]}\n  - {type: crop, size: [1, 2]}\n")


def test_the_header_tells_everything():
    notes = Notes()
    notes.add("lost", "a.b", "no such thing", 5)
    notes.add("no_meaning", "c", "names say nothing")
    notes.add("no_meaning", "d", "names say nothing")
    assert header(notes, "pot.json").splitlines()[2:] == [
        "#",
        "# Not carried over:",
        "# - a.b (5): no such thing",
        "#",
        "# Left out, without meaning here:",
        "# - c, d: names say nothing",
    ]


def test_a_full_conversion_is_reported():
    assert "# Everything that has a meaning here was carried over." in header(Notes(), "a.yml")


@pytest.mark.parametrize("hostile", ["a\nmodel: x", "a\u2028b", "a\x85b", "a\x00b", "\x1b[31m"])
def test_no_key_escapes_from_the_comments(hostile, tmp_path):
    notes = Notes()
    notes.add("lost", hostile, hostile, hostile)
    path = tmp_path / "a.yaml"
    path.write_text(header(notes, hostile) + "only: this\n", encoding="utf-8")
    assert plain(read_yaml(path, {}).root) == {"only": "this"}
