"""A config of another tool → our configs, written and held against our schema."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from calibrate.config.files import MAX_BYTES, read_yaml
from calibrate.config.tree import plain
from calibrate.core.regular_file import read_regular
from calibrate.errors import CalibrateError
from calibrate.migrate import accuracy_checker, pot
from calibrate.migrate.accuracy_checker import Surroundings, definitions_of
from calibrate.migrate.checked import checked
from calibrate.migrate.draft import Draft
from calibrate.migrate.json_comments import loads
from calibrate.migrate.notes import Notes
from calibrate.migrate.rendering import rendered

_TWICE = "the key is given twice"


@dataclass(frozen=True, slots=True)
class Converted:
    """One run of the source.

    Attributes:
        name: stem of the file to write.
        text: the YAML, comments included; None where nothing could be converted.
        notes: what there is to tell.
    """

    name: str
    text: str | None
    notes: Notes


def convert(path: Path, around: Surroundings) -> Sequence[Converted]:
    """Convert a POT JSON or an Accuracy Checker YAML.

    Raises:
        CalibrateError: the file cannot be read, or is neither of both.
    """
    if path.suffix.lower() == ".json":
        content = _json(path)
        drafts, notes = pot.drafts_of(content, around, lambda name: _named(path, name))
    else:
        content = _yaml(path)
        if not {"models", "evaluations"} & set(content):
            raise CalibrateError(
                "this is no config of the Accuracy Checker: it has no key 'models'",
                str(path),
                "a config of POT ends in .json; definitions of datasets go after -d",
            )
        drafts, notes = accuracy_checker.drafts_of(content, around)
        notes.entries.extend(_repeated(path).entries)
    names = _short_names(drafts)
    converted = [_finished(draft, names[id(draft)], notes, path.name) for draft in drafts]
    if converted:
        return converted
    notes.add("lost", "the whole", "there is no model with a dataset in it")
    return [Converted(path.stem, None, notes)]


def read_definitions(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Datasets by name of a `dataset_definitions.yml`.

    Raises:
        CalibrateError: the file cannot be read.
    """
    return definitions_of(_yaml(path))


def _finished(draft: Draft, name: str, common: Notes, origin: str) -> Converted:
    draft.name = name
    for note in common.entries:
        if note not in draft.notes.entries:
            draft.notes.entries.append(note)
    text = rendered(draft, origin) if checked(draft) else None
    return Converted(name, text, draft.notes)


def _short_names(drafts: Sequence[Draft]) -> Mapping[int, str]:
    """The model's name alone where it has one run, and only what a file's name may hold."""
    runs = Counter(str(draft.model.get("name")) for draft in drafts)
    return {
        id(draft): _file_name(
            str(draft.model["name"]) if runs[str(draft.model.get("name"))] == 1 else draft.name
        )
        for draft in drafts
    }


def _file_name(name: str) -> str:
    kept = "".join(char if char.isalnum() or char in "-_.@+" else "_" for char in name)
    return kept.strip(".")[:100] or "model"


def _yaml(path: Path) -> dict[str, Any]:
    content = read_yaml(path, os.environ)
    mistakes = [problem for problem in content.problems if _TWICE not in problem.message]
    if mistakes:
        raise mistakes[0]
    values: dict[str, Any] = plain(content.root)
    if content.problems:
        # Their reader takes the last of two keys, and says nothing.
        values = yaml.safe_load(read_regular(path, MAX_BYTES))
    return values


def _repeated(path: Path) -> Notes:
    """Keys that stand twice in a mapping of a YAML."""
    notes = Notes()
    for problem in read_yaml(path, os.environ).problems:
        why = f"{problem.message}; the last counts, as in the Accuracy Checker"
        notes.add("check", problem.where, why)
    return notes


def _json(path: Path) -> dict[str, Any]:
    try:
        text = read_regular(path, MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise CalibrateError(f"the file cannot be read: {error.strerror}", str(path)) from error
    except UnicodeDecodeError:
        raise CalibrateError("the file is not text in UTF-8", str(path)) from None
    content = loads(text, str(path))
    if not isinstance(content, dict) or not {"model", "engine", "compression"} & set(content):
        raise CalibrateError(
            "this is no config of POT: it has no 'model', 'engine' or 'compression'", str(path)
        )
    return content


def _named(origin: Path, name: str) -> Mapping[str, Any]:
    """The Accuracy Checker config that a POT config names, beside it or from where one stands."""
    beside = origin.parent / name
    return _yaml(beside if beside.is_file() else Path(name))
