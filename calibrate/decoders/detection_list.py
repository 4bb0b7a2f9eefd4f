"""Decoder `detection_list`."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from calibrate.core.boxes import Boxes
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activation import within_unit
from calibrate.decoders._lib.detection import ListDetector, ListedBoxes
from calibrate.decoders._lib.detector import FormattedBoxes, RelativeBoxes
from calibrate.decoders._lib.heads import Floats
from calibrate.decoders._lib.output_roles import Role, assign, core_shape, fits
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

Order = Literal[
    "boxes_score_label",
    "boxes_score",
    "label_score_boxes",
    "image_boxes_label_score",
    "image_label_score_boxes",
]
COLUMNS: Mapping[Order, tuple[int, int, int | None]] = {
    "boxes_score_label": (0, 4, 5),
    "boxes_score": (0, 4, None),
    "label_score_boxes": (2, 1, 0),
    "image_boxes_label_score": (1, 6, 5),
    "image_label_score_boxes": (3, 2, 1),
}
"""First column of the box, column of the score, column of the label if there is one."""

WITHOUT_LABEL = 5
WITH_IMAGE = 7
"""Columns of a row that begins with the image's number in the batch."""


class DetectionList(FormattedBoxes, RelativeBoxes, ListDetector):
    """Rows of box, score and label in one list [N, 6], as end-to-end detectors give them.

    YOLOv10, YOLO26 and exports with suppression inside give xmin ymin xmax ymax score label
    (numbers behind them, such as keypoints, are left out), PaddleDetection label score and box,
    YOLOv7's end-to-end export the image's number, box, label and score; detectors of one class rows
    [N, 5] of box and score, all of them class 0. The list may have a batch
    dimension or none. Rows with a label below 0 are padding.

    Divergence: how far the 64 best detections have moved in score and place, each paired with one
    of its class, weighted by FP32's score.

    Example:
        decoder: {type: detection_list, output: output0}
    """

    output: str | None = None
    """Name of the output with the list, where several could be it."""
    order: Literal["auto"] | Order = "auto"
    """Order of a row's numbers; `auto`: labels are whole numbers, scores lie within 0-1, in all
    samples that were examined."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """The order of the columns, and whether boxes are in 0-1 of the input.

        Raises:
            CalibrateError: no order fits the rows of all samples.
        """
        fitted: dict[str, object] = {}
        if self.order == "auto":
            rows = np.concatenate([self._rows(sample, "") for sample in outputs])
            fitted["order"] = _order_of(rows, "")
        detector = self.model_copy(update=fitted)
        return fitted | dict(ListDetector.auto_parameters(detector, outputs))

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The list: the output with rows of six numbers, else of seven or more."""
        for pattern in ((None, 6), (None, WITH_IMAGE), (None, WITHOUT_LABEL)):
            role = Role("list", "output", self.output, (pattern,), ("det", "output"))
            try:
                assigned = assign(shapes, [role])
            except CalibrateError:
                continue
            self._check_labels(shapes, assigned["list"])
            return assigned
        return assign(shapes, [Role("list", "output", self.output, ((None, None),), ("det",))])

    def _check_labels(self, shapes: Mapping[str, Shape], name: str) -> None:
        """Refuse rows without a label beside an output that holds the labels."""
        if self.order == "boxes_score" or core_shape(shapes[name], 2)[-1] != WITHOUT_LABEL:
            return
        labels = [other for other, shape in shapes.items() if fits(shape, (None,))]
        if any(word in label.lower() for label in labels for word in ("label", "class")):
            raise CalibrateError(
                f"the rows of '{name}' have no label, and {', '.join(labels)} beside them would "
                "be ignored",
                hint="the decoder `ssd_onnx` reads both; `order: boxes_score` reads all boxes as "
                "class 0",
            )

    def listed(self, outputs: Outputs, where: str) -> ListedBoxes:
        """The rows that are not filling."""
        rows = self._rows(outputs, where)
        order = self._order(rows, where)
        box, score, label = COLUMNS[order]
        if rows.shape[1] <= max(box + 3, score, label or 0):
            raise CalibrateError(f"rows of {rows.shape[1]} numbers are not in order {order}", where)
        labels = np.zeros(len(rows), np.int64)
        if label is not None:
            labels = np.rint(rows[:, label]).astype(np.int64)
        real = labels >= 0
        boxes = rows[real, box : box + 4]
        corners = self.corners_of(boxes)
        return ListedBoxes(corners, rows[real, score], labels[real], self.is_relative(corners))

    def box_rows(self, outputs: Outputs, where: str) -> Boxes:
        """The boxes of the rows that are not filling, as they are."""
        rows = self._rows(outputs, where)
        box, _, label = COLUMNS[self._order(rows, where)]
        return rows[:, box : box + 4] if label is None else rows[rows[:, label] >= 0, box : box + 4]

    def _order(self, rows: Floats, where: str) -> Order:
        return _order_of(rows, where) if self.order == "auto" else self.order

    def _rows(self, outputs: Outputs, where: str) -> Floats:
        rows = self.arrays(outputs, where)["list"]
        if rows.shape[-1] < WITHOUT_LABEL:
            raise CalibrateError(f"rows of {rows.shape[-1]} numbers are no detections", where)
        return rows.reshape(-1, rows.shape[-1])


def _order_of(rows: Floats, where: str) -> Order:
    """The order that the rows of all samples fit."""
    if rows.shape[1] == WITHOUT_LABEL:
        return "boxes_score"
    orders: Sequence[Order] = [
        order
        for order in get_args(Order)
        if order.startswith("image") == (rows.shape[1] == WITH_IMAGE)
    ]
    for order in orders:
        _, score, label = COLUMNS[order]
        if label is None:
            continue
        whole = np.array_equal(rows[:, label], np.rint(rows[:, label]))
        if whole and within_unit([rows[:, score]]):
            return order
    raise CalibrateError(
        f"the rows of {rows.shape[1]} numbers have no column of whole labels beside one of scores "
        "within 0-1",
        where,
        f"set `order` to one of {', '.join(get_args(Order))}",
    )
