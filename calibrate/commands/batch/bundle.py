"""The input files of one run, by path and digest, so that another machine can execute it."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from calibrate.config.resolved import Resolved
from calibrate.core.yaml_text import to_yaml
from calibrate.errors import CalibrateError
from calibrate.runtime.executors.blob_store import file_digest

_PLUGIN = re.compile(r"(?P<file>[^:]+\.py):\w+")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The input files of a run.

    Attributes:
        root: common parent of all files and the output folder.
        files: digests by path relative to the root.
        config: path of the config relative to the root.
        text: the resolved config as YAML, with paths relative to its folder.
        output: the output folder relative to the root.
    """

    root: Path
    files: Mapping[str, str]
    config: str
    text: str
    output: str

    @property
    def paths(self) -> dict[str, Path]:
        """The paths by digest."""
        return {digest: self.root / name for name, digest in self.files.items()}


def bundle_of(resolved: Resolved) -> Bundle:
    """Return the files that the components and sections of a config name, folders recursively.

    Raises:
        CalibrateError: a file cannot be read.
    """
    config, output = _absolute(resolved.path), _absolute(resolved.config.output.dir)
    parts: Sequence[object] = (
        resolved.config.model.path,
        resolved.adapter.sources(),
        resolved.adapter,
        resolved.calibration_adapter.sources() if resolved.calibration_adapter else (),
        resolved.calibration_adapter,
        *resolved.steps,
        resolved.decoder,
        *(judged.metric for judged in resolved.metrics),
        *_plugins(resolved.document, config.parent),
    )
    files = {_absolute(file) for part in parts for place in _paths(part) for file in _files(place)}
    root = Path(os.path.commonpath([*files, config.parent, output]))
    try:
        digests = {file.relative_to(root).as_posix(): file_digest(file) for file in sorted(files)}
    except OSError as error:
        raise CalibrateError(
            f"cannot be read: {error.strerror}", where=str(error.filename)
        ) from error
    return Bundle(
        root=root,
        files=digests,
        config=config.relative_to(root).as_posix(),
        text=to_yaml(resolved.given),
        output=output.relative_to(root).as_posix(),
    )


def _absolute(path: Path) -> Path:
    """Return a path without `..`; links are kept."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # `resolve` would follow links


def _paths(value: object) -> Iterator[Path]:
    """Yield every path in a component's parameters."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, BaseModel):
        yield from _paths(value.model_dump())
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _paths(entry)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for entry in value:
            yield from _paths(entry)


def _files(place: Path) -> Iterator[Path]:
    """Yield the files at a path, with the weights of a model."""
    if place.is_dir():
        for folder, _, names in os.walk(place, followlinks=True):
            for name in names:
                yield Path(folder) / name
    elif place.is_file():
        yield place
        if place.suffix in (".xml", ".onnx", ".pdmodel"):
            yield from (
                path
                for path in place.parent.iterdir()
                if path.is_file() and path != place and path.name.startswith(place.stem)
            )


def _plugins(document: Any, folder: Path) -> Iterator[Path]:  # noqa: ANN401  # any YAML value
    """Yield the Python files that components are loaded from."""
    if isinstance(document, Mapping):
        kind = document.get("type")
        if isinstance(kind, str) and (match := _PLUGIN.fullmatch(kind)):
            yield folder / match["file"]
        for entry in document.values():
            yield from _plugins(entry, folder)
    elif isinstance(document, list):
        for entry in document:
            yield from _plugins(entry, folder)
