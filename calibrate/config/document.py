"""Read a config file, the dataset file it names, and the overrides into one tree."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrate.config.files import read_yaml
from calibrate.config.overrides import Override, apply_override, parse_override
from calibrate.config.scalars import expanded_value
from calibrate.config.tree import KeyPath, Node, Place
from calibrate.errors import CalibrateError

DATASET = "dataset"
CALIBRATION = "calibration"
_SECTIONS = (DATASET, CALIBRATION)
"""Sections that may be the path of a file of their own."""


@dataclass(frozen=True, slots=True)
class Document:
    """The tree, the file at its root, and the problems found while reading."""

    root: Node
    path: Path
    problems: tuple[CalibrateError, ...]


def read_document(path: Path, overrides: Sequence[str], environment: Mapping[str, str]) -> Document:
    """Read a run config.

    An override of `dataset` or `calibration` itself comes before the file that it names is read,
    all others after, so that `--set dataset.subsample_size=100` works with either spelling.

    Raises:
        CalibrateError: the file cannot be read, or is no mapping.
    """
    content = read_yaml(path, environment)
    problems = list(content.problems)
    parsed = _parsed(overrides, problems)
    root = _overridden(content.root, parsed, environment, problems)
    return Document(root, path, tuple(problems))


def recorded_document(
    content: Mapping[str, object],
    path: Path,
    shown: str,
    overrides: Sequence[str],
    environment: Mapping[str, str],
) -> Document:
    """Return a run config of plain values as if read from a file at `path`.

    Args:
        content: as `Resolved.document` gives it.
        path: its folder anchors relative paths in the content.
        shown: how messages name the place.
        overrides: `key.path=value` each.
        environment: for variables in the overrides.
    """
    problems: list[CalibrateError] = []
    root = _as_node(content, Place(path, shown, 1), environment, problems)
    parsed = _parsed(overrides, problems)
    root = _overridden(root, parsed, environment, problems)
    return Document(root, path, tuple(problems))


def _as_node(
    value: object,
    place: Place,
    environment: Mapping[str, str],
    problems: list[CalibrateError],
    path: KeyPath = (),
) -> Node:
    if isinstance(value, Mapping):
        entries = {
            str(key): _as_node(entry, place, environment, problems, (*path, str(key)))
            for key, entry in value.items()
        }
        return Node(entries, place)
    if isinstance(value, list | tuple):
        return Node(
            tuple(
                _as_node(entry, place, environment, problems, (*path, index))
                for index, entry in enumerate(value)
            ),
            place,
        )
    if isinstance(value, str) and "${" in value:
        try:
            return Node(expanded_value(value, environment), place, value)
        except CalibrateError as error:
            problems.append(CalibrateError(error.message, place.where(path), error.hint))
            return Node(value, place)
    if value is None or isinstance(value, str | int | float):
        return Node(value, place)
    return Node(str(value), place)


def read_dataset_document(path: Path, environment: Mapping[str, str]) -> Document:
    """Read a dataset file as if a run config named it: its content is under `dataset`.

    Raises:
        CalibrateError: the file cannot be read, or is no mapping.
    """
    content = read_yaml(path, environment)
    return Document(Node({DATASET: content.root}, content.root.place), path, content.problems)


def _overridden(
    root: Node,
    parsed: Sequence[Override],
    environment: Mapping[str, str],
    problems: list[CalibrateError],
) -> Node:
    sections = [(section,) for section in _SECTIONS]
    for override in parsed:
        if override.path in sections:
            root = _applied(root, override, environment, problems)
    for section in _SECTIONS:
        root = _with_dataset(root, section, environment, problems)
    for override in parsed:
        if override.path not in sections:
            root = _applied(root, override, environment, problems)
    return root


def _parsed(overrides: Sequence[str], problems: list[CalibrateError]) -> list[Override]:
    parsed = []
    for text in overrides:
        try:
            parsed.append(parse_override(text))
        except CalibrateError as error:
            problems.append(error)
    return parsed


def _applied(
    root: Node,
    override: Override,
    environment: Mapping[str, str],
    problems: list[CalibrateError],
) -> Node:
    try:
        changed, value_problems = apply_override(root, override, environment)
    except CalibrateError as error:
        problems.append(error)
        return root
    problems.extend(value_problems)
    return changed


def _with_dataset(
    root: Node, section: str, environment: Mapping[str, str], problems: list[CalibrateError]
) -> Node:
    """Return the tree with the content of the file that a section names."""
    node = root.child(section)
    if node is None or not isinstance(node.value, str) or not isinstance(root.value, Mapping):
        return root
    where = node.place.where((section,))
    if any(problem.where == where for problem in problems):
        return root  # a variable is not set, so the file name would be wrong
    try:
        file = node.place.file.parent / Path(node.value).expanduser()
        content = read_yaml(file, environment, shown=_shown(file))
    except RuntimeError as error:
        problems.append(CalibrateError(str(error), where))  # from expanduser
        return root
    except CalibrateError as error:
        place = f"{error.where}: " if error.where else ""
        problems.append(CalibrateError(f"{place}{error.message}", where, error.hint))
        return root
    problems.extend(content.problems)
    return Node({**root.value, section: content.root}, root.place)


def _shown(file: Path) -> str:
    """Return a file relative to the current folder if it lies below it."""
    resolved, here = Path(os.path.realpath(file)), Path.cwd()
    return str(resolved.relative_to(here) if resolved.is_relative_to(here) else resolved)
