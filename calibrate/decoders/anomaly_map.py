"""Decoder `anomaly_map`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Outputs
from calibrate.core.masks import grid, interpolated
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.sample import Facts
from calibrate.decoders._lib.class_count import without_ones
from calibrate.decoders._lib.divergence import frozen, normalized_squared_error, sampled
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError

PLANE = 2
COMPARED = 4096
"""Pixels that the divergence compares, evenly spaced."""


class AnomalyMap(Component):
    """A score for each pixel [H, W], greater where something is unusual: PaDiM, PatchCore, STFPM.

    The map is interpolated bilinearly to the source image.

    Divergence: squared error over the sum of squares of FP32, on up to 4096 pixels.

    Example:
        decoder: {type: anomaly_map, output: anomaly_map}
    """

    output: str | None = None
    """Name of the output with the map, where the model has several."""
    resize_to: Literal["mask", "none"] = "mask"
    """Size of the prediction: that of the source image and its mask, or the map's own."""

    def predict(self, outputs: Outputs, facts: Facts) -> ScoreMap:
        """The scores.

        Raises:
            CalibrateError: the output is no map, or the sample is no image.
        """
        where = place(facts)
        plane = self._plane(outputs, where).astype(np.float32)
        if self.resize_to == "none":
            return ScoreMap(plane)
        if facts.geometry is None:
            raise CalibrateError(
                "the sample is no image, so there is no size to resize the prediction to",
                where,
                "set resize_to: none",
            )
        at = grid(facts.geometry, (plane.shape[0], plane.shape[1]), "mask", where)
        return ScoreMap(interpolated(plane, at))

    def signature(self, outputs: Outputs) -> Outputs:
        """Scores of evenly spaced pixels."""
        return frozen({"scores": sampled(self._plane(outputs), COMPARED)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """The squared error of these pixels."""
        scores = sampled(self._plane(outputs), COMPARED)
        return normalized_squared_error(reference["scores"], scores)

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """An output that is no single plane."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        is_plane = len(without_ones(shape)) == PLANE
        return [] if is_plane else [f"an output of shape {list(shape)} is no map of scores"]

    def _plane(self, outputs: Outputs, where: str = "") -> NDArray[Any]:
        name, values = pick(outputs, self.output, where)
        core = without_ones(values.shape)
        if len(core) != PLANE:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is no map of scores", where
            )
        return values.reshape(core)
