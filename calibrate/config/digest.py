"""The resolved config as plain values, and the digest of the values that can change a result."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from calibrate.config.components import Components, PlacedComponent
from calibrate.config.schema import MetricSpec, RunConfig

# Names and descriptions change nothing. Limits of time and memory only decide how far a run gets:
# a run continued with higher limits is the same run.
_NO_INFLUENCE = {
    "model": ("name",),
    "dataset": ("name", "description", "licence", "obtain"),
    "calibration": ("name", "description", "licence", "obtain"),
    "search": ("timeout", "memory_limit", "allow_implausible"),
}


def document(
    config: RunConfig, components: Components, folder: Path, *, given_only: bool = False
) -> dict[str, Any]:
    """Return all sections with every default and every component's parameters.

    Args:
        config: the typed sections.
        components: those that the config names.
        folder: of the config; paths are given relative to it.
        given_only: leave out values that the config does not set; some defaults depend on others.
    """
    content: dict[str, Any] = _plain(config, folder, given_only=given_only)
    if config.calibration is None:
        content.pop("calibration", None)
    for placed in components.adapters:
        content[str(placed.path[0])]["adapter"] = _component(placed, folder, given_only=given_only)
    content["preprocessing"] = [
        _component(placed, folder, given_only=given_only) for placed in components.steps
    ]
    decoders = [_component(each, folder, given_only=given_only) for each in components.decoders]
    content["decoder"] = (
        [{"name": spec.name, **each} for spec, each in zip(config.decoder, decoders, strict=True)]
        if isinstance(config.decoder, tuple)
        else decoders[0]
    )
    content["metrics"] = [
        {
            **_component(placed, folder, given_only=given_only),
            **{
                key: getattr(spec, key)
                for key in MetricSpec.model_fields
                if key != "type" and (not given_only or key in spec.model_fields_set)
            },
        }
        for placed, spec in zip(components.metrics, config.metrics, strict=True)
    ]
    return content


def digest(content: Mapping[str, Any], components: Components) -> str:
    """Return the sha256 of a `document`'s canonical form and of the user's component code."""
    relevant = influence(content)
    placed_components = (
        *components.adapters,
        *components.steps,
        *components.decoders,
        *components.metrics,
    )
    relevant["code"] = [code for code in map(_code, placed_components) if code]
    canonical = json.dumps(relevant, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def influence(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a `document` that can change a result."""
    relevant = {key: value for key, value in content.items() if key != "output"}
    for section, keys in _NO_INFLUENCE.items():
        given = relevant.get(section)
        if given is None:
            continue
        relevant[section] = {k: v for k, v in given.items() if k not in keys}
    return relevant


def _component(placed: PlacedComponent, folder: Path, *, given_only: bool) -> dict[str, Any]:
    type_node = placed.node.child("type")
    name = type_node.value if type_node is not None else ""
    return {"type": name, **_plain(placed.component, folder, given_only=given_only)}


def _code(placed: PlacedComponent) -> str:
    """Return the digest of the file of `file.py:Name`; empty for an installed component."""
    type_node = placed.node.child("type")
    if type_node is None or ".py:" not in str(type_node.value):
        return ""
    file_name, _, _ = str(type_node.value).rpartition(":")
    path = type_node.place.file.parent / Path(file_name).expanduser()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(model: BaseModel, folder: Path, *, given_only: bool) -> Any:  # noqa: ANN401  # JSON
    content = model.model_dump(by_alias=True, exclude_unset=given_only)
    return to_jsonable_python(_relative(content, folder))


def _relative(value: Any, folder: Path) -> Any:  # noqa: ANN401  # whatever a field may hold
    if isinstance(value, Path):
        return (
            Path(os.path.relpath(value, folder)).as_posix() if value.is_absolute() else str(value)
        )
    if isinstance(value, Mapping):
        return {key: _relative(entry, folder) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_relative(entry, folder) for entry in value]
    return value
