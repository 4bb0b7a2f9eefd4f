"""The resolved config as plain values, and the digest of what in it can change a result."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from calibrate.config.components import Components, Found
from calibrate.config.schema import MetricSpec, RunConfig

# The reasons: names and words change nothing; the output folder and limits of time and memory
# decide how far a run gets, and a run that goes on with more of them is the same run.
_NO_INFLUENCE = {
    "model": ("name",),
    "dataset": ("name", "description", "licence", "obtain"),
    "search": ("timeout", "memory_limit", "allow_implausible"),
}


def document(
    config: RunConfig, components: Components, folder: Path, *, given_only: bool = False
) -> dict[str, Any]:
    """All sections with every default and every component's parameters.

    Args:
        config: the typed sections.
        components: what its names stand for.
        folder: of the config; paths are given relative to it.
        given_only: leave out what the config does not say: some defaults depend on what is given.
    """
    content: dict[str, Any] = _plain(config, folder, given_only=given_only)
    content["dataset"]["adapter"] = _component(
        components.adapters[0], folder, given_only=given_only
    )
    content["preprocessing"] = [
        _component(found, folder, given_only=given_only) for found in components.steps
    ]
    content["decoder"] = _component(components.decoders[0], folder, given_only=given_only)
    content["metrics"] = [
        {
            **_component(found, folder, given_only=given_only),
            **{
                key: getattr(spec, key)
                for key in MetricSpec.model_fields
                if key != "type" and (not given_only or key in spec.model_fields_set)
            },
        }
        for found, spec in zip(components.metrics, config.metrics, strict=True)
    ]
    return content


def digest(content: Mapping[str, Any], components: Components) -> str:
    """Sha256 of the canonical form of a `document` and of the code of the user's own components."""
    relevant = influence(content)
    found = (
        *components.adapters,
        *components.steps,
        *components.decoders,
        *components.metrics,
    )
    relevant["code"] = [code for code in map(_code, found) if code]
    canonical = json.dumps(relevant, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def influence(content: Mapping[str, Any]) -> dict[str, Any]:
    """What of a `document` can change a result."""
    relevant = {key: value for key, value in content.items() if key != "output"}
    for section, keys in _NO_INFLUENCE.items():
        given = relevant.get(section, {})
        relevant[section] = {k: v for k, v in given.items() if k not in keys}
    return relevant


def _component(found: Found, folder: Path, *, given_only: bool) -> dict[str, Any]:
    type_node = found.node.child("type")
    name = type_node.value if type_node is not None else ""
    return {"type": name, **_plain(found.component, folder, given_only=given_only)}


def _code(found: Found) -> str:
    """Digest of the file behind `file.py:Name`, or nothing for a name of an installed package."""
    type_node = found.node.child("type")
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
