"""Decoder `segmentation`."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import log_softmax

from calibrate.core.component import SCORES, Component, Outputs
from calibrate.core.masks import Grid, arg_max_at, class_dtype, grid, nearest
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.decoders._lib.activation import value_range, within_unit
from calibrate.decoders._lib.divergence import (
    Floats,
    frozen,
    kl_divergence,
    normalized_squared_error,
    spaced_grid,
)
from calibrate.decoders._lib.outputs import Shape, finite, pick, pick_shape, place
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)

Layout = Literal["auto", "CHW", "HWC", "CDHW", "DHWC", "DHW"]

PLANE = 2
"""Dimensions of an image without channels."""
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """An output, with its classes in front where it has a dimension of them."""

    name: str
    values: NDArray[Any]
    has_classes: bool


_DIVERGENCE_KEYS = ("log_probabilities", "scores", "classes")
"""Quantities by which two maps are compared: the first that both have."""


class Segmentation(Component):
    """A class per pixel or voxel, from logits [C, H, W], [H, W, C] or [C, D, H, W], or a class map.

    One channel is a class map where all its values are whole numbers, else the score of class 1.

    Divergence: for logits the KL(FP32 || INT8) of the class probabilities, mean over a grid of
    pixels, in nats, and likewise for a class map whose arg max is inside the model, by the logits
    before it; for another class map the squared share of pixels whose class differs; with
    `threshold` the squared error over the sum of squares of FP32, on the grid.

    The share is squared because the number of changed pixels is proportional to the size of the
    error, and the squares of independent errors add up: on a DeepLab the shares of groups
    quantized alone add up to six times that of the groups together, their squares to the same.

    Example:
        decoder: {type: segmentation, resize_to: mask}
    """

    reads_scores: ClassVar[Literal[True]] = True

    output: str | None = None
    """Name of the output with the map, where the model has several."""
    layout: Layout = "auto"
    """Order of the dimensions of logits; `auto` takes the smaller of the outer two for classes.
    `DHW` is a volume of one channel."""
    threshold: float | Literal["auto"] | None = "auto"
    """For one channel: a pixel is class 1 where the output is greater; `auto`: 0.5 for numbers
    within 0-1 and 0 for others, over all samples that are read; null: it is a class map."""
    resize_to: Literal["input", "mask", "none"] = "input"
    """The size of the prediction: the model's input, the size of its mask, or as it is.
    Class maps are resized by the nearest pixel, logits as `interpolation` says. Samples that are
    no images, such as volumes, are left as they are."""
    interpolation: Literal["bilinear", "nearest"] = "bilinear"
    """How logits are resized: bilinearly before the arg max, or by the nearest pixel."""
    grid: int = Field(default=48, ge=1)
    """Points along height and width on which the divergence of logits is taken."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Return the threshold of one channel, from all samples together."""
        if self.threshold != "auto":
            self._warn_of_logits(outputs)
            return {}
        maps = [self._map(sample) for sample in outputs]
        return {"threshold": _threshold_of([m.values for m in maps if not m.has_classes])}

    def _warn_of_logits(self, outputs: Sequence[Outputs]) -> None:
        """Warn where a threshold of a probability is compared with numbers that are none."""
        if self.threshold is None or not 0 < float(self.threshold) < 1:
            return
        maps = [pick(sample, self.output)[1] for sample in outputs]
        values = [
            each for each in maps if not _has_classes(_core(each.shape, self.layout), self.layout)
        ]
        if not within_unit(values):
            LOGGER.warning(
                "decoder segmentation: threshold %g is compared with outputs that range %s and are "
                "no probabilities; a probability of 0.5 is a logit of 0: set threshold: auto or 0",
                self.threshold,
                value_range(values),
            )

    def predict(self, outputs: Outputs, facts: Facts) -> ClassMap:
        """Return the class map.

        Raises:
            CalibrateError: the output is no map, or part of the image has no prediction.
        """
        where = place(facts)
        class_map = self._map(outputs, where)
        values, scored = class_map.values, class_map.has_classes
        if not scored:
            threshold = self._threshold(values)
            if threshold is None:
                values = _class_ids(values, where)
            else:
                # Two planes, of which the second wins where the output is above the threshold.
                scores = values.astype(np.float32)
                values, scored = np.stack([np.full_like(scores, threshold), scores]), True
        at = self._target(values.shape, facts)
        if at is None:
            classes = values.argmax(axis=0) if scored else values
            return ClassMap(classes.astype(class_dtype(int(classes.max()) + 1)))
        if scored and self.interpolation == "bilinear":
            return ClassMap(arg_max_at(values, at))
        if scored:
            values = values.argmax(axis=0).astype(class_dtype(len(values)))
        return ClassMap(nearest(values, at))

    def signature(self, outputs: Outputs) -> Outputs:
        """Return class map or scores on the grid, and log-probabilities where there are logits."""
        return frozen(self._quantities(outputs))

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """Measure how far two maps are apart; see the class for the formula."""
        quantities = self._quantities(outputs)
        key = next(key for key in _DIVERGENCE_KEYS if key in reference and key in quantities)
        before, values = reference[key], quantities[key]
        if before.shape != values.shape:
            raise CalibrateError(f"a map of {values.shape} where FP32 has {before.shape}")
        if key == "classes":
            return float(np.mean(before != values)) ** 2
        if key == "scores":
            return normalized_squared_error(before, values)
        points = before.size / before.shape[0]
        return float(kl_divergence(before, values) / points)

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Report outputs that are no map, or whose class dimension is not clear."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        problem = _shape_problem(_core(shape, self.layout), self.layout, self.threshold)
        return [f"an output of shape {list(shape)} {problem}"] if problem else []

    def _map(self, outputs: Outputs, where: str = "") -> _Map:
        """Return the output with its class dimension first, if it has any."""
        name, values = pick(outputs, self.output, where)
        core = _core(values.shape, self.layout)
        problem = _shape_problem(core, self.layout, self.threshold)
        if problem:
            raise CalibrateError(f"output '{name}' of shape {values.shape} {problem}", where)
        values = values.reshape(core)
        if not _has_classes(core, self.layout):
            return _Map(name, values, has_classes=False)
        if _classes_last(core, self.layout):
            values = np.moveaxis(values, -1, 0)
        return _Map(name, values, has_classes=True)

    def _threshold(self, values: NDArray[Any]) -> float | None:
        """Return the threshold as given, or derived from one sample."""
        return _threshold_of([values]) if self.threshold == "auto" else self.threshold

    def _target(self, shape: Shape, facts: Facts) -> Grid | None:
        """Return the points of the resized prediction, or None where it keeps its size."""
        geometry = facts.geometry
        if geometry is None and self.resize_to == "mask":
            raise CalibrateError(
                "the sample is no image, so there is no size to resize the prediction to",
                place(facts),
                "set resize_to: none",
            )
        if geometry is None or self.resize_to == "none":
            return None
        if self.resize_to == "input" and shape[-2:] == (geometry.height, geometry.width):
            return None
        return grid(geometry, (shape[-2], shape[-1]), self.resize_to, place(facts))

    def _quantities(self, outputs: Outputs) -> dict[str, NDArray[Any]]:
        """Return the quantities that divergence compares, on the grid, by name."""
        class_map = self._map(outputs)
        if class_map.has_classes:
            return {"log_probabilities": self._log_probabilities(class_map.values)}
        if self._threshold(class_map.values) is not None:
            return {"scores": self._on_grid(class_map.values)}
        quantities: dict[str, NDArray[Any]] = {
            "classes": _class_ids(self._on_grid(class_map.values))
        }
        if class_map.name + SCORES in outputs:
            logits = finite(class_map.name, outputs[class_map.name + SCORES])
            quantities["log_probabilities"] = self._log_probabilities(logits)
        return quantities

    def _log_probabilities(self, logits: NDArray[Any]) -> Floats:
        return np.asarray(log_softmax(self._on_grid(logits).astype(np.float64), axis=0))

    def _on_grid(self, values: NDArray[Any]) -> NDArray[Any]:
        return values[..., *spaced_grid((values.shape[-2], values.shape[-1]), self.grid)]


def _core(shape: Shape, layout: Layout) -> Shape:
    """Return the shape without leading dimensions of 1, and for one channel trailing ones."""
    least = PLANE if layout == "auto" else len(layout)
    while len(shape) > least and shape[0] == 1:
        shape = shape[1:]
    if layout != "auto":
        return shape
    return shape[:-1] if len(shape) > PLANE and shape[-1] == 1 else shape


def _has_classes(core: Shape, layout: Layout) -> bool:
    """Return whether there is a class dimension: one of an image's three, a volume's four."""
    return "C" in layout if layout != "auto" else len(core) > PLANE


def _threshold_of(maps: Sequence[NDArray[Any]]) -> float | None:
    """Return None for class ids, else 0.5 for numbers within 0-1 and 0 for others."""
    if all(values.min() >= 0 and np.array_equal(values, np.rint(values)) for values in maps):
        return None
    return HALF if within_unit(maps) else 0.0


def _classes_last(core: Shape, layout: Layout) -> bool:
    if layout != "auto":
        return layout.endswith("C")
    # A dynamic dimension (-1) is one of space.
    first, last = (side if side > 0 else np.inf for side in (core[0], core[-1]))
    return bool(last < first)


def _shape_problem(core: Shape, layout: Layout, threshold: float | str | None) -> str:
    if len(core) not in (PLANE, PLANE + 1, PLANE + 2) or (
        layout != "auto" and len(core) not in (len(layout), PLANE)
    ):
        return "is neither logits nor a class map"
    if len(core) == PLANE or not _has_classes(core, layout):
        return ""
    if threshold not in (None, "auto"):
        return "has several channels, and `threshold` is for one"
    if layout == "auto" and core[0] == core[-1]:
        return "does not determine the class dimension: set `layout`"
    return ""


def _class_ids(values: NDArray[Any], where: str = "") -> NDArray[np.integer]:
    if values.size == 0:
        raise CalibrateError("the class map is empty", where)
    if values.min() < 0 or (values.dtype.kind == "f" and np.any(values != np.rint(values))):
        raise CalibrateError(
            "the map contains numbers that are no class ids",
            where,
            "set `threshold` if it is the score of one class",
        )
    return values.astype(class_dtype(int(values.max()) + 1))
