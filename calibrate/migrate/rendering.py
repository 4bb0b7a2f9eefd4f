"""Render a draft as YAML for our reader, with the notes as comments on top."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from calibrate.core.yaml_text import resolve
from calibrate.migrate.draft import Draft
from calibrate.migrate.notes import HEADINGS, Note, Notes
from calibrate.migrate.places import Expanding, escaped


class _Dumper(yaml.SafeDumper):
    """Writes each component on one line, sections over several."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # PyYAML's call
        super().increase_indent(flow, False)  # noqa: FBT003  # lists stand in from their key

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # PyYAML's call
        """Return True: repeated values are written again, without anchors."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    text = str(value) if isinstance(value, Expanding) else escaped(value)
    # PyYAML quotes what YAML 1.1 would misread; our reader follows YAML 1.2.
    plain = resolve(text) == text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", value.items())
    nested = any(isinstance(entry, Mapping) for entry in value.values())
    node.flow_style = "type" in value and not nested and len(str(value)) <= 90
    return node


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", value)
    node.flow_style = not any(isinstance(entry, Mapping) for entry in value)
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Expanding, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)


def yaml_of(document: Mapping[str, Any]) -> str:
    """Return the YAML text of a document."""
    text: str = yaml.dump(
        dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def header(notes: Notes, origin: str) -> str:
    """Return the comments: the origin of the file, and the notes."""
    lines = [
        f"Converted from {origin} by calibrate convert-config.",
        "Relative paths are relative to the folder of this file.",
    ]
    if notes.full:
        lines.append("Everything that has a meaning here was carried over.")
    for kind, heading in HEADINGS.items():
        listed = notes.of(kind)
        if listed:
            lines += ["", f"{heading}:"]
            for text in _grouped(listed) if kind == "no_meaning" else map(str, listed):
                joined = " ".join(text.split())
                lines += textwrap.wrap(joined, 96, initial_indent="- ", subsequent_indent="  ")
    return "".join(f"# {_visible(line)}".rstrip() + "\n" for line in lines)


def _grouped(notes: Sequence[Note]) -> Iterator[str]:
    """Yield a line per reason, with all keys that it applies to."""
    places: dict[str, list[str]] = {}
    for note in notes:
        places.setdefault(note.why, []).append(note.where)
    for why, where in places.items():
        yield f"{', '.join(where)}: {why}"


def _visible(line: str) -> str:
    """Return a line without characters that YAML forbids or that end a comment."""
    return "".join(char if char.isprintable() else "?" for char in line)


def rendered(draft: Draft, origin: str) -> str:
    """Return the text of the file: comments, then the config."""
    return header(draft.notes, origin) + "\n" + yaml_of(draft.document())
