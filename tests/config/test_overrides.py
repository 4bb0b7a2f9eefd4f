from pathlib import Path

import pytest

from calibrate.config.compose import Composer
from calibrate.config.overrides import apply_override, parse_override
from calibrate.config.tree import Place, at, plain
from calibrate.errors import CalibrateError

TEXT = """
a: 1
list:
  - {k: 1}
  - {k: 2}
empty:
"""


def tree():
    node = Composer(lambda line: Place(Path("/f.yaml"), "f.yaml", line), {}).compose(TEXT)
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a=1", ("a",), "1"),
        ("a.b=x=y", ("a", "b"), "x=y"),
        ("a[0].b=", ("a", 0, "b"), ""),
        ("a.0.b=1", ("a", "0", "b"), "1"),
        ('inputs["x.1"].layout=NCHW', ("inputs", "x.1", "layout"), "NCHW"),
        ("a[1][2]=1", ("a", 1, 2), "1"),
    ],
)
def test_parse(text, path, value):
    parsed = parse_override(text)
    assert (parsed.path, parsed.value) == (path, value)


@pytest.mark.parametrize("text", ["=1", "a..b=1", ".a=1", "a[x]=1", "a[0=1", "a.=1", "a]=1"])
def test_parse_refuses(text):
    key = text.partition("=")[0]
    with pytest.raises(CalibrateError) as caught:
        parse_override(text)
    assert str(caught.value) == (
        f"--set {text}: '{key}' is not a path of keys; "
        "write --set key.path=value, for instance budget.max_drop=0.01"
    )


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a=2", ("a",), 2),
        ("a='2'", ("a",), "2"),
        ("a=", ("a",), None),
        ("a=[1, x]", ("a",), [1, "x"]),
        ("a={b: 1}", ("a",), {"b": 1}),
        ("a=note: cats", ("a",), "note: cats"),
        ("a=- x", ("a",), "- x"),
        ("a=${N}", ("a",), 7),
        ("list.1.k=5", ("list", 1, "k"), 5),
        ("list[1].k=5", ("list", 1, "k"), 5),
        ("list[2].k=5", ("list", 2), {"k": 5}),
        ("new.deep.key=1", ("new",), {"deep": {"key": 1}}),
        ("empty.key=1", ("empty",), {"key": 1}),
    ],
)
def test_apply(text, path, expected):
    changed, problems = apply_override(tree(), parse_override(text), {"N": "7"})
    node = at(changed, path)
    assert node is not None
    assert plain(node) == expected
    assert problems == []
    assert {key: value for key, value in plain(changed).items() if key not in path} == {
        key: value for key, value in plain(tree()).items() if key not in path
    }


def test_the_place_is_the_override_in_the_file_beside():
    changed, _ = apply_override(tree(), parse_override("list[0].k=5"), {})
    node = at(changed, ("list", 0, "k"))
    assert node is not None
    assert node.place.file == Path("/f.yaml")
    assert node.place.where(("list", 0, "k")) == "--set list[0].k=5"
    assert at(changed, ("list", 1, "k")).place.where(()) == "f.yaml:5"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b=1", "--set a.b=1: a is 1, which has no keys"),
        ("list[3]=1", "--set list[3]=1: list has 2 entries; the next free index is 2"),
        ("list.k=1", "--set list.k=1: list is a list; give an index: list[0]"),
        (
            "a=[1, 2",
            (
                "--set a=[1, 2: this is not valid YAML: "
                "expected ',' or ']', but got '<stream end>'; put the value in quotes"
            ),
        ),
        (
            "a=*.png",
            (
                "--set a=*.png: this is not valid YAML: expected alphabetic or numeric character, "
                "but found '.'; put the value in quotes"
            ),
        ),
    ],
)
def test_apply_refuses(text, message):
    with pytest.raises(CalibrateError) as caught:
        apply_override(tree(), parse_override(text), {})
    assert str(caught.value) == message
