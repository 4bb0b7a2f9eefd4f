"""Checks beyond the types of values: missing files, impossible budgets."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from calibrate.config.components import Components, PlacedComponent
from calibrate.config.files import absence, near_file
from calibrate.config.schema import Budget, MetricSpec
from calibrate.config.tree import KeyPath, Node, at, kind
from calibrate.config.validation import validate
from calibrate.core.component import Adapter, Metric
from calibrate.errors import CalibrateError

_LONGEST_PART = 255
"""Bytes of a name in a folder (`NAME_MAX` of Linux's file systems)."""
_LONGEST_NAME = 200
"""Bytes of a result's name, to which prefixes and suffixes of temporary files are added."""
_LONGEST_PATH = 3500
"""Bytes of a folder's path; `PATH_MAX` is 4096, and names are added."""

_EXECUTING = (".pt2", ".pt", ".pth", ".ts", ".torchscript")
"""Suffixes of PyTorch models, which contain Python objects and code."""


def check_all(root: Node, components: Components) -> list[CalibrateError]:
    """Return every such problem of a run config; parts that are no valid section are skipped."""
    return [
        *_model(root),
        *check_sources(root, components),
        *_budgets(root, components.metrics),
        *_labels(components.metrics),
        *_output(root),
        *_names(root),
    ]


def check_sources(root: Node, components: Components) -> list[CalibrateError]:
    """Return a problem for each missing file or folder that an adapter reads."""
    problems: list[CalibrateError] = []
    for placed in components.adapters:
        adapter = cast("Adapter", placed.component)
        try:
            sources = adapter.sources()
        except CalibrateError as error:
            where = error.where or placed.node.place.where(placed.path)
            problems.append(type(error)(error.message, where, error.hint))
            continue
        for source in sources:
            if (message := absence(source)) is None:
                continue
            key = _key_of(placed, source)
            node = at(placed.node, key) or placed.node
            problems.append(
                CalibrateError(
                    message,
                    node.place.where((*placed.path, *key)),
                    near_file(source) or _how_to_obtain(root, str(placed.path[0])),
                )
            )
    return problems


def _key_of(placed: PlacedComponent, source: Path) -> KeyPath:
    """Return the parameter that names a path, so that the message points to its line."""
    for name, info in type(placed.component).model_fields.items():
        if getattr(placed.component, name) == source:
            return (info.alias or name,)
    return ()


def _how_to_obtain(root: Node, section: str) -> str:
    node = at(root, (section, "obtain"))
    text = node.value if node is not None else None
    return f"how to obtain it: {text.strip()}" if isinstance(text, str) and text.strip() else ""


def _path(root: Node, path: KeyPath) -> tuple[Node, Path] | None:
    node = at(root, path)
    if node is None or not isinstance(node.value, str) or not node.value:
        return None
    try:
        return node, node.place.file.parent / Path(node.value).expanduser()
    except RuntimeError:
        return None  # the home of an unknown user: validation reports it


def _model(root: Node) -> Iterator[CalibrateError]:
    key: KeyPath = ("model", "path")
    if (located := _path(root, key)) is None:
        return
    node, path = located
    if _is_function(path):
        return  # resolved when the model is read
    if (message := absence(path)) is not None:
        yield CalibrateError(message, node.place.where(key), near_file(path))
    elif path.suffix == ".xml" and not path.with_suffix(".bin").is_file():
        yield CalibrateError(
            f"the weights {path.with_suffix('.bin')} are not there",
            node.place.where(key),
            "an OpenVINO IR is two files of one stem, .xml and .bin, in one folder",
        )


def executing_models(root: Node) -> Iterator[CalibrateError]:
    """Yield a problem if reading the model executes code that it contains."""
    key: KeyPath = ("model", "path")
    if (located := _path(root, key)) is None:
        return
    node, path = located
    if _is_function(path) or path.suffix in _EXECUTING:
        yield CalibrateError(
            f"reading '{path.name}' would execute code, and plugins are switched off",
            node.place.where(key),
            "allow plugins if you trust it, or name an ONNX or OpenVINO model",
        )


def _is_function(path: Path) -> bool:
    module, _, function = path.name.rpartition(":")
    return bool(module) and function.isidentifier()


def _output(root: Node) -> Iterator[CalibrateError]:
    key: KeyPath = ("output", "dir")
    if (located := _path(root, key)) is None:
        return
    node, path = located
    where = node.place.where(key)
    if too_long := _too_long(path):
        yield CalibrateError(too_long, where, "name another folder")
        return
    existing = next(folder for folder in (path, *path.parents) if absence(folder) is None)
    if not existing.is_dir():
        words = "is" if existing == path else f"lies below {existing}, which is"
        yield CalibrateError(f"{path} {words} a file, not a folder", where, "name another folder")
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield CalibrateError(
            f"the folder {existing} cannot be written to", where, "name another with output.dir"
        )


def _names(root: Node) -> Iterator[CalibrateError]:
    """Check the name of the written files: `output.name`, else `model.name`."""
    output = at(root, ("output", "name"))
    key: KeyPath = (
        ("model", "name") if output is None or output.value is None else ("output", "name")
    )
    node = at(root, key)
    if node is None or not isinstance(node.value, str):
        return
    name, where = node.value, node.place.where(key)
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        yield CalibrateError(
            f"{kind(name)} is no name of a file", where, "name the folder with output.dir"
        )
    elif len(os.fsencode(name)) > _LONGEST_NAME:
        yield CalibrateError(
            f"a name of {len(os.fsencode(name))} bytes is too long for a file",
            where,
            f"give it at most {_LONGEST_NAME}",
        )


def _too_long(path: Path) -> str:
    """Say why files below a folder cannot be created; empty if they can."""
    if any(len(os.fsencode(part)) > _LONGEST_PART for part in path.parts):
        return f"the folder's name has more than {_LONGEST_PART} bytes"
    if len(os.fsencode(os.path.abspath(path))) > _LONGEST_PATH:  # noqa: PTH100  # keeps links
        return f"the folder's path has more than {_LONGEST_PATH} bytes"
    return ""


def _labels(metrics: list[PlacedComponent]) -> Iterator[CalibrateError]:
    first: dict[str, int] = {}
    for index, placed in enumerate(metrics):
        label = cast("Metric", placed.component).label
        if label in first:
            yield CalibrateError(
                f"'{label}' is there twice, first as metrics[{first[label]}]",
                placed.node.place.where(placed.path),
                "leave one out, or let their parameters differ",
            )
        first.setdefault(label, index)


def _budgets(root: Node, metrics: list[PlacedComponent]) -> Iterator[CalibrateError]:
    node = root.child("budget")
    common = Budget() if node is None else validate(Budget, node, ("budget",))[0]
    if common is None:
        return
    reported = set()
    for placed in metrics:
        spec, _ = validate(MetricSpec, placed.node, placed.path)
        if spec is None:
            continue
        is_own = spec.max_drop is not None
        drop = spec.max_drop if spec.max_drop is not None else common.max_drop
        drop_type = spec.drop_type or common.drop_type
        key: KeyPath = (*placed.path, "max_drop") if is_own else ("budget", "max_drop")
        place = at(root, key) or placed.node
        problem = _budget(cast("Metric", placed.component), drop, drop_type, place.place.where(key))
        if problem is not None and problem.where not in reported:
            reported.add(problem.where)
            yield problem


def _budget(metric: Metric, drop: float, drop_type: str, where: str) -> CalibrateError | None:
    if drop < 1:
        return None
    if drop_type == "relative":
        return CalibrateError(
            f"a relative drop of {drop:g} allows everything: it is a share of the FP32 value",
            where,
            "1 % of the FP32 value is 0.01",
        )
    if metric.unit == "fraction":
        return CalibrateError(
            f"a drop of {drop:g} allows everything: {metric.label} is a fraction of 1",
            where,
            f"half a percentage point is 0.005, and {drop:g} points are {drop / 100:g}",
        )
    return None
