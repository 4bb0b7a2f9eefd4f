"""Run a model with open dimensions at several shapes, beside its source, in another process.

What the CPU plugin makes of open dimensions is other code than for static ones, and may crash. Run
as a module, this file is the process: it reads the files, reshapes and infers, and prints figures.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.child_process import run_module
from calibrate.core.precision import ComputeType
from calibrate.models.openvino_errors import error_reason

Feed = Mapping[int, NDArray[Any]]
Outputs = list[NDArray[Any]]

_PATIENCE = 600.0
_FURTHER = 2
"""Shapes besides the calibrated one at which a model is tried."""


@dataclass(frozen=True, slots=True)
class ShapeTrial:
    """A model with open dimensions at one shape of its inputs.

    Attributes:
        shapes: of the inputs, in order.
        feeds: how many inputs of this shape it was given.
        difference: from the static model, relative, reshaped, the largest of the inputs; 0 at
            further shapes.
        open_difference: compiled without reshaping it, from the static model; at further shapes
            from what it gives when reshaped; the largest of the inputs.
        error: from the source, relative, reshaped; the median of the inputs.
        largest_error: the same, of the worst input.
        open_error: compiled without reshaping it, the median.
    """

    shapes: tuple[tuple[int, ...], ...]
    feeds: int
    difference: float
    open_difference: float
    error: float
    largest_error: float
    open_error: float


class ShapeTrialError(Exception):
    """The model does not run as its source does; the text says how."""


def try_shapes(
    models: Mapping[str, ov.Model], feeds: Sequence[Sequence[Feed]], compute_type: ComputeType
) -> tuple[ShapeTrial, ...]:
    """Try a model at the calibrated shape, and at the first two others that its source can run.

    Args:
        models: `source`, `static`, the quantized model of static shapes, and `open`, the one that
            is tried.
        feeds: at least one feed of the calibrated shape, then of other shapes.
        compute_type: what floating point is computed in.

    Returns:
        One trial a shape; the calibrated one alone where the source runs no other.

    Raises:
        ShapeTrialError: it crashes, fails, or gives outputs of other shapes or that are not finite.
    """
    with tempfile.TemporaryDirectory(prefix="calibrate-") as name:
        folder = Path(name)
        for stem, model in models.items():
            ov.save_model(model, folder / f"{stem}.xml", compress_to_fp16=False)
        for number, same in enumerate(feeds):
            for repeat, feed in enumerate(same):
                np.savez(folder / f"{number}-{repeat}.npz", **_named(feed))
        arguments = [str(folder), str(len(feeds)), compute_type]
        try:
            done = run_module("calibrate.runtime.shape_trial", arguments, timeout=_PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise ShapeTrialError(f"it did not run within {_PATIENCE:.0f} s") from error
    lines = done.stdout.decode().splitlines()
    if done.returncode < 0:
        raise ShapeTrialError(f"OpenVINO crashes on it (signal {-done.returncode})")
    if done.returncode != 0 or not lines:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason"]
        raise ShapeTrialError(f"its trial in a process of its own fails: {reason[0]}")
    result = json.loads(lines[-1])
    if isinstance(result, str):
        raise ShapeTrialError(result)
    return tuple(
        ShapeTrial(tuple(tuple(shape) for shape in shapes), *figures) for shapes, *figures in result
    )


def _named(feed: Feed) -> dict[str, Any]:
    # `Any`, since NumPy's stub takes every keyword for its `allow_pickle` as well.
    return {str(index): array for index, array in feed.items()}


def _try(folder: Path, count: int, compute_type: str) -> list[tuple[Any, ...]]:
    """What the process does: the rows of `ShapeTrial`.

    Raises:
        ShapeTrialError: see `try_shapes`.
    """
    core, properties = ov.Core(), {"INFERENCE_PRECISION_HINT": compute_type}
    source, static, opened = (
        core.read_model(folder / f"{stem}.xml") for stem in ("source", "static", "open")
    )
    try:
        unbound = core.compile_model(opened, "CPU", properties)
    except RuntimeError as error:
        raise ShapeTrialError(f"the CPU plugin cannot compile it: {error_reason(error)}") from error
    rows: list[tuple[Any, ...]] = []
    for number in range(count):
        feeds = _read_feeds(folder, number)
        try:
            wanted = _infer(_bound(source, feeds[0]), feeds, {"INFERENCE_PRECISION_HINT": "f32"})
        except RuntimeError:
            continue  # the source does not take this shape
        shapes = tuple(feeds[0][index].shape for index in sorted(feeds[0]))
        try:
            bound = _infer(_bound(opened, feeds[0]), feeds, properties)
            answers = _outputs(unbound, feeds)
        except RuntimeError as error:
            raise ShapeTrialError(
                f"it fails at {spelled(shapes)}: {error_reason(error)}"
            ) from error
        for outputs in (bound, answers):
            for reference, output in zip(wanted, outputs, strict=True):
                _require_alike(reference, output, shapes)
        exact = bound if rows else _infer(static, feeds, properties)
        apart, open_apart = (_differences(outputs, exact) for outputs in (bound, answers))
        errors, open_errors = (_differences(outputs, wanted) for outputs in (bound, answers))
        middle, open_middle = float(np.median(errors)), float(np.median(open_errors))
        figures = (max(apart), max(open_apart), middle, max(errors), open_middle)
        rows.append((shapes, len(feeds), *figures))
        if len(rows) > _FURTHER:
            break
    return rows


def _read_feeds(folder: Path, number: int) -> list[Feed]:
    """The feeds of one shape that the parent process wrote, at least one."""
    feeds: list[Feed] = []
    while (path := folder / f"{number}-{len(feeds)}.npz").exists():
        with np.load(path) as file:
            feeds.append({int(key): file[key] for key in file.files})
    return feeds


def _differences(values: Sequence[Outputs], wanted: Sequence[Outputs]) -> list[float]:
    """`difference` of each inference's outputs."""
    return [difference(*pair) for pair in zip(values, wanted, strict=True)]


def difference(values: Sequence[NDArray[Any]], wanted: Sequence[NDArray[Any]]) -> float:
    """How far outputs are from others, relative: the largest over the outputs.

    Of floats the norm of the difference over the norm of what is wanted, of integers the share of
    values that differ. Outputs with another number of rows, such as boxes, are not compared.
    """
    largest = 0.0
    for value, reference in zip(values, wanted, strict=True):
        if value.shape != reference.shape or not value.size:
            continue
        if reference.dtype.kind != "f":
            largest = max(largest, float(np.mean(value != reference)))
            continue
        first, second = value.astype(np.float64), reference.astype(np.float64)
        error, norm = np.linalg.norm(first - second), np.linalg.norm(second)
        largest = max(largest, float(error / norm) if norm > 0 else float(error))
    return largest


def spelled(shapes: Sequence[Sequence[int]]) -> str:
    """Shapes for messages: `[1, 8] and [1, 8]`."""
    return " and ".join(str(list(shape)) for shape in shapes)


def _bound(model: ov.Model, feed: Feed) -> ov.Model:
    copy = model.clone()
    copy.reshape({index: list(array.shape) for index, array in feed.items()})
    return copy


def _infer(model: ov.Model, feeds: Sequence[Feed], properties: Mapping[str, str]) -> list[Outputs]:
    return _outputs(ov.Core().compile_model(model, "CPU", dict(properties)), feeds)


def _outputs(compiled: ov.CompiledModel, feeds: Sequence[Feed]) -> list[Outputs]:
    """Copies of the outputs for each feed."""
    return [[np.array(array) for array in compiled(feed).values()] for feed in feeds]


def _require_alike(
    wanted: Sequence[NDArray[Any]],
    values: Sequence[NDArray[Any]],
    shapes: Sequence[Sequence[int]],
) -> None:
    for reference, value in zip(wanted, values, strict=True):
        # The first dimension may be a number of results, such as boxes.
        if value.ndim != reference.ndim or value.shape[1:] != reference.shape[1:]:
            raise ShapeTrialError(
                f"at {spelled(shapes)} it gives {list(value.shape)}, its source "
                f"{list(reference.shape)}"
            )
        if value.dtype.kind == "f" and np.isfinite(reference).all() > np.isfinite(value).all():
            raise ShapeTrialError(f"at {spelled(shapes)} its outputs are not finite")


if __name__ == "__main__":
    try:
        _outcome: object = _try(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    except ShapeTrialError as _error:
        _outcome = str(_error)
    sys.stdout.write(f"{json.dumps(_outcome)}\n")
