"""`--set key.path=value`: set values in the tree as if they were in the file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import yaml

from calibrate.config.compose import Composer
from calibrate.config.tree import KeyPath, Node, Place, deepest, kind, spell
from calibrate.errors import CalibrateError

_KEY = re.compile(
    r'\["(?P<quoted>[^"]*)"\]|\[(?P<index>\d{1,9})\]|(?:^|(?!^)\.)(?P<name>[^.\[\]"]+)'
)


@dataclass(frozen=True, slots=True)
class Override:
    """One `--set`: its key path and the text of its value."""

    path: KeyPath
    value: str
    text: str


def spell_override(key: str, value: object) -> str:
    """Format a plain value as an override, quoted against YAML's syntax and variables."""
    # `$` is doubled only before `{`, where it would begin a variable.
    return f"{key}={json.dumps(value)}".replace("${", "$${")


def parse_override(text: str) -> Override:
    """Parse `metrics[0].top_k=5` or `metrics.0.top_k=5`.

    Raises:
        CalibrateError: there is no `=`, or what stands before it is no path of keys.
    """
    key, sign, value = text.partition("=")
    where, hint = f"--set {text}", "write --set key.path=value, for instance budget.max_drop=0.01"
    if not sign:
        raise CalibrateError("there is no '='", where, hint)
    path: list[str | int] = []
    end = 0
    for match in _KEY.finditer(key.strip()):
        if match.start() != end:
            break
        end = match.end()
        path.append(int(match["index"]) if match["index"] else match["quoted"] or match["name"])
    if not path or end != len(key.strip()):
        raise CalibrateError(f"'{key}' is not a path of keys", where, hint)
    return Override(tuple(path), value, text)


def apply_override(
    root: Node, override: Override, environment: Mapping[str, str]
) -> tuple[Node, list[CalibrateError]]:
    """Return the tree with one value replaced or added, and the problems of that value.

    Missing mappings on the way are made; an index equal to a list's length appends.

    Raises:
        CalibrateError: the path leads through a scalar or past the end of a list, or the value
            is no YAML.
    """
    beside, _ = deepest(root, override.path)
    place = replace(beside.place, override=override.text)
    value, problems = _value(override, place, environment)
    return _assign(root, override.path, value, ()), problems


def _value(
    override: Override, place: Place, environment: Mapping[str, str]
) -> tuple[Node, list[CalibrateError]]:
    composer = Composer(lambda _: place, environment)
    text = override.value
    node = composer.compose(_quoted(text) if _is_block(text) else text)
    return node or Node(None, place), composer.problems


def _is_block(text: str) -> bool:
    """Return whether YAML reads a block mapping or list, which `a: b` after `--set` never means."""
    try:
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return False
    return any(
        isinstance(event, yaml.CollectionStartEvent) and event.flow_style is False
        for event in events
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _assign(node: Node, path: KeyPath, value: Node, done: KeyPath) -> Node:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(node.value, tuple):
        index = _index(key, node, value, done)
        below = node.value[index] if index < len(node.value) else Node(None, value.place)
        entries = list(node.value)
        entries[index : index + 1] = [_assign(below, rest, value, (*done, index))]
        return Node(tuple(entries), node.place)
    if node.value is not None and not isinstance(node.value, Mapping):
        raise CalibrateError(
            f"{spell(done)} is {kind(node.value)}, which has no keys", value.place.where(path)
        )
    mapping = node.value or {}
    name = str(key)
    below = mapping.get(name) or Node(None, value.place)
    return Node({**mapping, name: _assign(below, rest, value, (*done, name))}, node.place)


def _index(key: str | int, node: Node, value: Node, done: KeyPath) -> int:
    assert isinstance(node.value, tuple)  # noqa: S101  # narrows the type for mypy
    length = len(node.value)
    where = value.place.where(done)
    if not str(key).isdecimal():
        raise CalibrateError(
            f"{spell(done)} is a list", where, f"give an index: {spell((*done, 0))}"
        )
    if int(key) > length:
        count = "1 entry" if length == 1 else f"{length} entries"
        raise CalibrateError(
            f"{spell(done)} has {count}", where, f"the next free index is {length}"
        )
    return int(key)
