"""Decoder `ssd`."""

from collections.abc import Mapping

import numpy as np

from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import ListDetector, ListedBoxes
from calibrate.decoders._lib.detector import RelativeBoxes
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape, finite
from calibrate.errors import CalibrateError


class Ssd(RelativeBoxes, ListDetector):
    """The layout of DetectionOutput: `[1, 1, N, 7]`, suppression done inside of the model.

    A row is image_id, label, score, xmin, ymin, xmax, ymax; the first row with an image_id below
    0 ends the list.

    Divergence: how far the 64 best detections have moved in score and place, each paired with one
    of its class, weighted by FP32's score.

    Example:
        decoder: {type: ssd, label_offset: -1}
    """

    output: str | None = None
    """Name of the output with the list, where several could be it."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The list."""
        patterns = ((1, None, 7), (None, 7))
        return assign(shapes, [Role("detections", "output", self.output, patterns)])

    def listed(self, outputs: Outputs, where: str) -> ListedBoxes:
        """The rows before the end of the list."""
        name = self.roles({key: values.shape for key, values in outputs.items()})["detections"]
        rows = outputs[name].reshape(-1, 7).astype(np.float32)
        ends = np.flatnonzero(rows[:, 0] < 0)
        # The rows after the end are undefined.
        rows = finite(name, rows[: ends[0]] if len(ends) else rows, where)
        if np.any(rows[:, 0] >= 1):
            raise CalibrateError(
                f"output '{name}' holds detections of several images", where, "use a batch of 1"
            )
        labels = np.rint(rows[:, 1]).astype(np.int64)
        boxes = rows[:, 3:]
        return ListedBoxes(boxes, rows[:, 2], labels, self.is_relative(boxes))
