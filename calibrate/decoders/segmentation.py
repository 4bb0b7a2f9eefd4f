"""Decoder `segmentation`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import log_softmax

from calibrate.core.component import SCORES, Component, Outputs
from calibrate.core.masks import Grid, arg_max_at, class_dtype, grid, nearest
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import (
    Floats,
    frozen,
    kl_divergence,
    normalized_squared_error,
    spaced_grid,
)
from calibrate.decoders._lib.outputs import Shape, finite, pick, pick_shape, place
from calibrate.errors import CalibrateError

Layout = Literal["auto", "CHW", "HWC"]

_BY_TELLING = ("log_probabilities", "scores", "classes")
"""What two maps are compared by, the best first, where both have it."""


class Segmentation(Component):
    """A class per pixel, from logits [C, H, W] or [H, W, C] or from a class map [H, W].

    Divergence: for logits the KL(FP32 || INT8) of the class probabilities, mean over a grid of
    pixels, in nats, and likewise for a class map whose arg max is inside the model, by the logits
    before it; for another class map the squared share of pixels whose class differs; with
    `threshold` the squared error over the sum of squares of FP32, on the grid.

    The share is squared since pixels change in proportion to the size of the error, and it is
    the squares of independent errors that add up: on a DeepLab the shares of groups quantized
    alone add up to six times that of the groups together, their squares to just it.

    Example:
        decoder: {type: segmentation, resize_to: mask}
    """

    reads_scores: ClassVar[Literal[True]] = True

    output: str | None = None
    """Name of the output with the map, where the model has several."""
    layout: Layout = "auto"
    """Order of the dimensions of logits; `auto` takes the smaller of the outer two for classes."""
    threshold: float | None = None
    """For one channel: a pixel is class 1 where the output is greater (0 for logits, 0.5 for
    probabilities). Without it, one channel is a class map."""
    resize_to: Literal["input", "mask", "none"] = "input"
    """The size of the prediction: the model's input, the image as its mask has it, or as it is.
    Logits are interpolated before the highest is taken, class maps are not interpolated."""
    grid: int = Field(default=48, ge=1)
    """Points along height and width on which the divergence of logits is taken."""

    def predict(self, outputs: Outputs, facts: Facts) -> ClassMap:
        """The class map.

        Raises:
            CalibrateError: the output is no map, or the sample is no image that it can be
                resized to.
        """
        where = place(facts)
        _, values = self._map(outputs, where)
        if values.ndim == 2 and self.threshold is None:
            values = _class_ids(values, where)
        if self.threshold is not None:
            # Two planes, of which the second wins where the output is above the threshold.
            scores = values.astype(np.float32)
            values = np.stack([np.full_like(scores, self.threshold), scores])
        at = self._target(values.shape, facts)
        if at is None:
            own = values if values.ndim == 2 else values.argmax(axis=0)
            return ClassMap(own.astype(class_dtype(int(own.max()) + 1)))
        return ClassMap(nearest(values, at) if values.ndim == 2 else arg_max_at(values, at))

    def signature(self, outputs: Outputs) -> Outputs:
        """On the grid a class map or scores, and log-probabilities where there are logits."""
        return frozen(self._essence(outputs))

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far the maps are apart, measured as the class says."""
        essence = self._essence(outputs)
        key = next(key for key in _BY_TELLING if key in reference and key in essence)
        before, values = reference[key], essence[key]
        if before.shape != values.shape:
            raise CalibrateError(f"a map of {values.shape} where FP32 has {before.shape}")
        if key == "classes":
            return float(np.mean(before != values)) ** 2
        if key == "scores":
            return normalized_squared_error(before, values)
        points = float(before.shape[1] * before.shape[2])
        return kl_divergence(before, values) / points

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are no map, or whose class dimension is not clear."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        problem = _shape_problem(_core(shape), self.layout, self.threshold)
        return [f"an output of shape {list(shape)} {problem}"] if problem else []

    def _map(self, outputs: Outputs, where: str = "") -> tuple[str, NDArray[Any]]:
        """The output's name, and [H, W] class ids or scores of one channel, or [C, H, W] logits."""
        name, values = pick(outputs, self.output, where)
        core = _core(values.shape)
        problem = _shape_problem(core, self.layout, self.threshold)
        if problem:
            raise CalibrateError(f"output '{name}' of shape {values.shape} {problem}", where)
        values = values.reshape(core)
        if values.ndim == 2:
            return name, values
        return name, values.transpose(2, 0, 1) if _classes_last(core, self.layout) else values

    def _target(self, shape: Shape, facts: Facts) -> Grid | None:
        """The points that the prediction is wanted at, or None for those that it has."""
        if self.resize_to == "none":
            return None
        geometry = facts.geometry
        if geometry is None:
            raise CalibrateError(
                "the sample is no image, so there is no size to resize the prediction to",
                place(facts),
                "set resize_to: none",
            )
        if self.resize_to == "input" and shape[-2:] == (geometry.height, geometry.width):
            return None
        return grid(geometry, (shape[-2], shape[-1]), self.resize_to, place(facts))

    def _essence(self, outputs: Outputs) -> dict[str, NDArray[Any]]:
        """What tells maps apart, on the grid, by name."""
        name, values = self._map(outputs)
        if values.ndim == 3:
            return {"log_probabilities": self._log_probabilities(values)}
        if self.threshold is not None:
            return {"scores": self._on_grid(values)}
        found: dict[str, NDArray[Any]] = {"classes": _class_ids(self._on_grid(values))}
        if name + SCORES in outputs:
            behind = finite(name, outputs[name + SCORES])
            found["log_probabilities"] = self._log_probabilities(behind)
        return found

    def _log_probabilities(self, logits: NDArray[Any]) -> Floats:
        return np.asarray(log_softmax(self._on_grid(logits).astype(np.float64), axis=0))

    def _on_grid(self, values: NDArray[Any]) -> NDArray[Any]:
        return values[..., *spaced_grid((values.shape[-2], values.shape[-1]), self.grid)]


def _core(shape: Shape) -> Shape:
    """The shape without dimensions of 1 that are in front, and for one channel behind."""
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape[:-1] if len(shape) == 3 and shape[2] == 1 else shape


def _classes_last(core: Shape, layout: Layout) -> bool:
    if layout != "auto":
        return layout == "HWC"
    # A dynamic dimension (-1) is one of space.
    first, last = (side if side > 0 else np.inf for side in (core[0], core[2]))
    return bool(last < first)


def _shape_problem(core: Shape, layout: Layout, threshold: float | None) -> str:
    if len(core) not in (2, 3):
        return "is neither logits nor a class map"
    if len(core) == 2:
        return ""
    if threshold is not None:
        return "has several channels, and `threshold` is for one"
    if layout == "auto" and core[0] == core[2]:
        return "does not show which dimension is the classes: set `layout`"
    return ""


def _class_ids(values: NDArray[Any], where: str = "") -> NDArray[np.integer]:
    if values.size == 0:
        raise CalibrateError("the class map is empty", where)
    if values.min() < 0 or (values.dtype.kind == "f" and np.any(values != np.rint(values))):
        raise CalibrateError(
            "the map holds numbers that are no class ids",
            where,
            "set `threshold` if it is the score of one class",
        )
    return values.astype(class_dtype(int(values.max()) + 1))
