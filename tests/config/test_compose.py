# ruff: noqa: E501  # messages stand whole, as a user reads them
from pathlib import Path

import pytest

from calibrate.config.compose import MAX_DEPTH, MAX_NODES, Composer
from calibrate.config.tree import Place, at, plain
from calibrate.errors import CalibrateError


def composer(**environment: str) -> Composer:
    return Composer(lambda line: Place(Path("/f.yaml"), "f.yaml", line), environment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("a: 1\nb: [x, 2.5, null]\n", {"a": 1, "b": ["x", 2.5, None]}),
        ("a: '1'\n", {"a": "1"}),
        ("a: !!str 1\n", {"a": "1"}),
        ("1: x\ntrue: y\n", {"1": "x", "true": "y"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": {"b": 1}}),
        (
            "d: &x {b: 1, c: 2}\ne:\n  <<: *x\n  b: 3\n",
            {"d": {"b": 1, "c": 2}, "e": {"b": 3, "c": 2}},
        ),
        ("- 1\n- - 2\n", [1, [2]]),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: ${N}\nb: '${N}'\nc: x${N}\nd: ${N:-9}\n", {"a": 5, "b": "5", "c": "x5", "d": 5}),
        ("a: ${NONE:-true}\n", {"a": True}),
    ],
)
def test_composes(text, expected):
    tool = composer(N="5")
    node = tool.compose(text)
    assert (node if node is None else plain(node)) == expected
    assert tool.problems == []


def test_places_are_those_of_the_keys():
    node = composer().compose("a:\n  b:\n    - x\n    - y: 1\n")
    assert node is not None
    lines = {path: at(node, path).place.line for path in [(), ("a",), ("a", "b"), ("a", "b", 1)]}  # type: ignore[union-attr]
    assert lines == {(): 1, ("a",): 1, ("a", "b"): 2, ("a", "b", 1): 4}


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("a: 1\nb: 2\na: 3\n", ["f.yaml:3 a: the key is given twice, first on line 1"]),
        (
            "x:\n  - a: 1\n    a: 2\n",
            ["f.yaml:3 x[0].a: the key is given twice, first on line 2"],
        ),
        (
            "a: ${M}\nb: ${N}\n",
            [
                "f.yaml:1 a: the environment variable M is not set; set it, or write ${M:-default}",
                "f.yaml:2 b: the environment variable N is not set; set it, or write ${N:-default}",
            ],
        ),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            [
                (
                    "f.yaml:1 a: the tag tag:yaml.org,2002:python/object/apply:os.system is not read "
                    "here; leave it out: the type follows from the key"
                )
            ],
        ),
        (
            "a: !secret x\n",
            [
                (
                    "f.yaml:1 a: the tag !secret is not read here; "
                    "leave it out: the type follows from the key"
                )
            ],
        ),
        ("a:\n  <<: 3\n", ["f.yaml:2 a.<<: only mappings can be merged"]),
    ],
)
def test_collects(text, messages):
    tool = composer()
    tool.compose(text)
    assert [str(problem) for problem in tool.problems] == messages


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: [1, 2\nb: 3\n",
            (
                "f.yaml:2: this is not valid YAML: expected ',' or ']', but got ':'; "
                "put the value in quotes"
            ),
        ),
        (
            "a:\n\tb: 1\n",
            (
                "f.yaml:2: this is not valid YAML: found character '\\t' that cannot start any token; "
                "indent with spaces, not tabs"
            ),
        ),
        (
            "a: b: c\n",
            (
                "f.yaml:1: this is not valid YAML: mapping values are not allowed here; "
                "a ': ' inside a value needs quotes, or the line above is indented wrongly"
            ),
        ),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document begins; leave out the '---'"),
        (
            "a: *x\n",
            "f.yaml:1 a: the alias *x names no anchor before it; a text that begins with * needs quotes",
        ),
        (
            "a: &x [*x]\n",
            "f.yaml:1 a[0]: the alias *x names no anchor before it; a text that begins with * needs quotes",
        ),
        ("? [a, b]\n: 1\n", "f.yaml:1: a key is a list, a mapping or an alias"),
        (
            LAUGHS,
            f"f.yaml:5: more than {MAX_NODES} values, aliases counted as often as they are used",
        ),
        ("[" * 500, f"f.yaml:1 [0][0][0]: nested deeper than {MAX_DEPTH} levels"),
        (
            "a: \x01\n",
            "f.yaml:1: this is not valid YAML: unacceptable character #x0001: special characters are not allowed",
        ),
    ],
)
def test_refuses(text, message):
    with pytest.raises(CalibrateError) as caught:
        composer().compose(text)
    assert str(caught.value) == message
