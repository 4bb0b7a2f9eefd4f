"""The config as a tree in which every value has its file and line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibrate.core.yaml_text import Scalar

KeyPath = tuple[str | int, ...]
"""The path to a value: keys of mappings and indices of lists, from the root."""


_LONGEST_SHOWN = 200
"""Characters of an override in a message."""


@dataclass(frozen=True, slots=True)
class Place:
    """The location of a value.

    Attributes:
        file: the YAML file; relative paths in the value are relative to its folder.
        shown: the file as messages name it.
        line: 1-based.
        override: the text after `--set` that set the value, or empty.
    """

    file: Path
    shown: str
    line: int
    override: str = ""

    def where(self, path: KeyPath) -> str:
        """Format the place for a message: `configs/a.yaml:14 metrics[0].type`."""
        if self.override:
            return f"--set {_shortened(self.override)}"
        return f"{self.shown}:{self.line} {spell(path)}".rstrip()


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a mapping or a list, with its place (of its key, if it has one).

    Attributes:
        value: with variables replaced.
        place: its location.
        expression: the text with its variables, if it has any.
    """

    value: "Scalar | Mapping[str, Node] | tuple[Node, ...]"
    place: Place
    expression: str = ""

    def child(self, key: str | int) -> "Node | None":
        """Return the node under a key or at an index, or None."""
        if isinstance(self.value, Mapping):
            return self.value.get(str(key))
        if isinstance(self.value, tuple) and isinstance(key, int) and key < len(self.value):
            return self.value[key]
        return None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def at(node: Node, path: KeyPath) -> Node | None:
    """Return the node at a path below a node, or None."""
    current: Node | None = node
    for key in path:
        if current is None:
            return None
        current = current.child(key)
    return current


def deepest(node: Node, path: KeyPath) -> tuple[Node, KeyPath]:
    """Return the last existing node on a path, and the part of the path to it."""
    for depth, key in enumerate(path):
        child = node.child(key)
        if child is None:
            return node, path[:depth]
        node = child
    return node, path


def plain(node: Node) -> Any:  # noqa: ANN401  # what YAML can hold
    """Return the value as plain Python: dicts with string keys, lists, scalars."""
    if isinstance(node.value, Mapping):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value


def spell(path: KeyPath) -> str:
    """Format a path as `--set` reads it: `metrics[0].top_k`, `model.inputs["x.1"].layout`."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif re.fullmatch(r"[^.\[\]=\"\s]+", key):
            text += f".{key}" if text else key
        else:
            text += f'["{key}"]'
    return text


def kind(value: object) -> str:
    """Describe a value in a message: `'abc'`, `5`, `true`, `nothing`, `a list`, `a mapping`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    text = repr(value) if isinstance(value, str | int | float) else repr(str(value))
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"
