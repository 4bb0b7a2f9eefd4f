"""Validate a part of the tree into a typed section or component, or return all problems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from calibrate.config.suggest import advice, home, keys, sections_at, suggestion
from calibrate.config.tree import KeyPath, Node, deepest, plain
from calibrate.config.wording import say, say_union
from calibrate.errors import CalibrateError

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Fault:
    """One pydantic error, located in the tree.

    Attributes:
        path: the existing keys (and a missing one, last).
        union: length of the part of `path` that reaches the union it belongs to, or None.
    """

    path: KeyPath
    union: int | None
    error: ErrorDetails


def validate(
    model: type[Model], node: Node, path: KeyPath, *, further_keys: Sequence[str] = ()
) -> tuple[Model | None, list[CalibrateError]]:
    """Validate the node at `path`.

    Args:
        model: the expected section or component.
        node: the part of the tree; relative paths in it are relative to its file's folder.
        path: of the part from the root, for messages.
        further_keys: known keys besides the model's, for suggestions.

    Returns:
        The validated section and no problem, or None and the problems.
    """
    folder = node.place.file.parent
    try:
        return model.model_validate(plain(node), context={"folder": folder}), []
    except ValidationError as error:
        faults = [_fault(node, detail) for detail in error.errors(include_url=False)]
    except CalibrateError as error:
        where = error.where or node.place.where(path)
        return None, [type(error)(error.message, where, error.hint)]
    return None, list(_problems(model, node, path, faults, further_keys))


def _fault(node: Node, error: ErrorDetails) -> _Fault:
    """Locate an error in the tree; pydantic's location includes the members of unions."""
    path: list[str | int] = []
    union: int | None = None
    location = error["loc"]
    for position, key in enumerate(location):
        last = position == len(location) - 1
        child = node.child(key)
        if child is not None:
            node = child
            path.append(key)
        elif last and error["type"] == "missing":
            path.append(key)
        elif union is None:
            union = len(path)
    return _Fault(tuple(path), union, error)


def _problems(
    model: type[BaseModel],
    node: Node,
    path: KeyPath,
    faults: Sequence[_Fault],
    further_keys: Sequence[str],
) -> Iterable[CalibrateError]:
    meant = set()
    for fault in faults:
        if fault.union is None and fault.error["type"] == "extra_forbidden":
            near = suggestion(str(fault.path[-1]), _known(model, fault.path, further_keys))
            meant.add((*fault.path[:-1], near))
    for group in _grouped(faults):
        fault = group[0]
        if fault.error["type"] == "missing" and fault.path in meant:
            continue  # the key is misspelt, which is reported separately
        deepest_node, _ = deepest(node, fault.path)
        message, hint = _say(model, group, further_keys)
        yield CalibrateError(message, deepest_node.place.where((*path, *fault.path)), hint)


def _say(
    model: type[BaseModel], group: Sequence[_Fault], further_keys: Sequence[str]
) -> tuple[str, str]:
    fault = group[0]
    if len(group) > 1:
        return say_union([member.error for member in group])
    key = fault.path[-1] if fault.path else ""
    if fault.error["type"] == "extra_forbidden":
        known = _known(model, fault.path, further_keys)
        elsewhere = home(model, str(key)) if len(fault.path) == 1 else None
        if elsewhere is not None and suggestion(str(key), known) is None:
            return "unknown key", f"did you mean '{elsewhere}'?"
        return "unknown key", advice(str(key), known)
    if fault.error["type"] == "missing":
        message = "the key is missing" if isinstance(key, str) else "an entry is missing"
        return message, _description(model, fault.path)
    return say(fault.error)


def _grouped(faults: Sequence[_Fault]) -> Iterable[list[_Fault]]:
    """Group the faults of each union, keeping those of the member that was probably meant."""
    groups: dict[tuple[KeyPath, bool], list[_Fault]] = {}
    for fault in faults:
        if fault.union is None:
            groups.setdefault((fault.path, False), []).append(fault)
        else:
            groups.setdefault((fault.path[: fault.union], True), []).append(fault)
    for (place, is_union), group in groups.items():
        deeper = [fault for fault in group if len(fault.path) > len(place)]
        if is_union and not deeper:
            yield group
        else:
            yield from ([fault] for fault in deeper or group)


def _known(model: type[BaseModel], path: KeyPath, further_keys: Sequence[str]) -> list[str]:
    known = [key for section in sections_at(model, path[:-1]) for key in keys(section)]
    return [*known, *further_keys] if len(path) == 1 else known


def _description(model: type[BaseModel], path: KeyPath) -> str:
    for section in sections_at(model, path[:-1]):
        for name, info in section.model_fields.items():
            if path[-1] == (info.alias or name) and info.description:
                return f"it holds: {info.description.splitlines()[0]}".rstrip(".")
    return ""
