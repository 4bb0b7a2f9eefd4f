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

_PATIENCE = 600.0
_FURTHER = 2
"""Shapes besides the calibrated one at which a model is tried."""


@dataclass(frozen=True, slots=True)
class ShapeTrial:
    """A model with open dimensions at one shape of its inputs.

    Attributes:
        shapes: of the inputs, in order.
        difference: from the static model, relative, reshaped; 0 at further shapes.
        open_difference: compiled without reshaping it, from the static model; at further shapes
            from what it gives when reshaped.
        error: from the source, relative, reshaped.
        open_error: the same, compiled without reshaping it.
    """

    shapes: tuple[tuple[int, ...], ...]
    difference: float
    open_difference: float
    error: float
    open_error: float


class ShapeTrialError(Exception):
    """The model does not run as its source does; the text says how."""


def try_shapes(
    models: Mapping[str, ov.Model], feeds: Sequence[Feed], compute_type: ComputeType
) -> tuple[ShapeTrial, ...]:
    """Try a model at the calibrated shape, and at the first two others that its source can run.

    Args:
        models: `source`, `static`, the quantized model of static shapes, and `open`, the one that
            is tried.
        feeds: inputs of the calibrated shape, then of other shapes.
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
        for number, feed in enumerate(feeds):
            np.savez(folder / f"{number}.npz", **_named(feed))
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
        with np.load(folder / f"{number}.npz") as file:
            feed = {int(key): file[key] for key in file.files}
        try:
            wanted = _infer(_bound(source, feed), feed, {"INFERENCE_PRECISION_HINT": "f32"})
        except RuntimeError:
            continue  # the source does not take this shape
        shapes = tuple(feed[index].shape for index in sorted(feed))
        try:
            bound = _infer(_bound(opened, feed), feed, properties)
            answers = [np.array(array) for array in unbound(feed).values()]
        except RuntimeError as error:
            raise ShapeTrialError(
                f"it fails at {spelled(shapes)}: {error_reason(error)}"
            ) from error
        _require_alike(wanted, bound, shapes)
        _require_alike(wanted, answers, shapes)
        exact = bound if rows else _infer(static, feed, properties)
        rows.append(
            (
                shapes,
                *(difference(outputs, exact) for outputs in (bound, answers)),
                *(difference(outputs, wanted) for outputs in (bound, answers)),
            )
        )
        if len(rows) > _FURTHER:
            break
    return rows


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


def _infer(model: ov.Model, feed: Feed, properties: Mapping[str, str]) -> list[NDArray[Any]]:
    compiled = ov.Core().compile_model(model, "CPU", dict(properties))
    return [np.array(array) for array in compiled(feed).values()]


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
