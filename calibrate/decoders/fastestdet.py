"""Decoder `fastestdet`."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import Floats, cells, sigmoid
from calibrate.decoders._lib.output_roles import Role, assign, core_shape, fits
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError


class FastestDet(DenseDetector):
    """FastestDet: its head [5 + C, H, W], or decoded boxes [N, 4] and scores [N, C].

    The channels of the head are object, x, y, width, height and the classes; object and classes
    are probabilities already. Source: the project's own post-processing (BSD-3-Clause): centre
    (cell + tanh) / grid, size sigmoid, score object^0.6 class^0.4.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: fastestdet}
    """

    output: str | None = None
    """Name of the output with the head, where several could be it."""
    boxes_out: str | None = None
    """Name of the output with decoded boxes in 0-1, where several could be it."""
    scores_out: str | None = None
    """Name of the output with decoded scores, where several could be it."""
    object_power: float = Field(default=0.6, ge=0, le=1)
    """Share of the object's probability in the score, in the exponent; the rest is the class's."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The head, or boxes and scores where there is a pair of them."""
        grids = [name for name, shape in shapes.items() if _is_head(shape)]
        if self.output is not None or (grids and not (self.boxes_out or self.scores_out)):
            role = Role("head", "output", self.output, ((None, None, None),))
            return assign({name: shapes[name] for name in grids} or shapes, [role])
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4),), ("box",))
        scores = Role("scores", "scores_out", self.scores_out, ((None, None),), ("score",))
        return assign(shapes, [boxes, scores])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all cells."""
        parts = self.arrays(outputs, where)
        if "head" in parts:
            return self._decode(parts["head"], where)
        scores = parts["scores"].reshape(-1, parts["scores"].shape[-1])
        return DenseBoxes(parts["boxes"].reshape(-1, 4), scores, relative=True)

    def _decode(self, head: Floats, where: str) -> DenseBoxes:
        channels, height, width = core_shape(head.shape, 3)
        if channels < 6:
            raise CalibrateError(f"a head of {channels} channels has no classes", where)
        rows = head.reshape(channels, -1).T
        grid = np.array([width, height], np.float32)
        centres = (cells(height, width) + np.tanh(rows[:, 1:3])) / grid
        boxes = from_centres(np.concatenate([centres, sigmoid(rows[:, 3:5])], axis=1))
        # Rounding of quantized probabilities may leave them a little below 0.
        objects, classes = np.maximum(rows[:, :1], 0), np.maximum(rows[:, 5:], 0)
        scores = objects**self.object_power * classes ** (1 - self.object_power)
        return DenseBoxes(boxes, scores.astype(np.float32), relative=True)


def _is_head(shape: Shape) -> bool:
    """Three dimensions, none of which was only in front."""
    return len(shape) == 3 and shape[0] != 1 and fits(shape, (None, None, None))
