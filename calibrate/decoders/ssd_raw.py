"""Decoder `ssd_raw`."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

import numpy as np
from pydantic import model_validator

from calibrate.core.boxes import Boxes, BoxFormat, to_corners
from calibrate.core.component import AnchoredPath, Outputs
from calibrate.decoders._lib.activated import ActivatedDetector
from calibrate.decoders._lib.detection import DenseBoxes
from calibrate.decoders._lib.heads import Activation, Floats, probabilities, ssd_boxes
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape
from calibrate.decoders._lib.priors import PriorLayer, generated, load, split
from calibrate.errors import CalibrateError

VARIANCES = (0.1, 0.1, 0.2, 0.2)


class SsdRaw(ActivatedDetector):
    """SSD's locations and confidences before DetectionOutput, decoded against prior boxes.

    Locations are [N, 4] or [4 N], confidences [N, C] or [N C], priors an output [2, 4 N] as
    PriorBox gives it, a `.npy` file or made here. Boxes are in 0-1 of the model's input.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: ssd_raw, priors_file: priors.npy, label_offset: 0}
    """

    loc_out: str | None = None
    """Name of the output with the locations, where several could be it."""
    conf_out: str | None = None
    """Name of the output with the confidences, where several could be it."""
    priors_out: str | None = None
    """Name of the output with the priors, where several could be it."""
    priors_file: AnchoredPath | None = None
    """`.npy` file with the priors in 0-1: [2, 4 N] or [N, 8] with variances, or [N, 4]."""
    prior_layers: tuple[PriorLayer, ...] = ()
    """Feature maps that the priors are made for, in the order of the rows."""
    input_size: tuple[int, int] | None = None
    """Height and width of the model's input, which `prior_layers` needs."""
    clip_priors: bool = False
    """Whether priors made here are cut at the edges of the input."""
    prior_format: BoxFormat = "xyxy"
    """Order of the numbers of a prior in the file: corners, or centre and size."""
    variances: tuple[float, float, float, float] = VARIANCES
    """Factors of the locations (x, y, width, height), where the priors come without their own."""
    background_class: int | None = 0
    """Column of the confidences that means no object: 0, -1 for the last, or null."""

    @model_validator(mode="after")
    def _one_source_of_priors(self) -> Self:
        sources = [self.priors_out, self.priors_file, self.prior_layers or None]
        if sum(source is not None for source in sources) > 1:
            raise ValueError("priors_out, priors_file and prior_layers exclude each other")
        if self.prior_layers and self.input_size is None:
            raise ValueError("prior_layers needs input_size")
        return self

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Locations and confidences, and priors where the model gives them."""
        roles = [
            Role("locations", "loc_out", self.loc_out, ((None, 4), (None,)), ("loc", "box")),
            Role(
                "confidences",
                "conf_out",
                self.conf_out,
                ((None, None), (None,)),
                ("conf", "score", "cls", "class"),
            ),
        ]
        if self.priors_file is None and not self.prior_layers:
            patterns = ((2, None),)
            roles.append(Role("priors", "priors_out", self.priors_out, patterns, ("prior",)))
        return assign(shapes, roles)

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The priors moved by the locations, with their probabilities."""
        parts = self.arrays(outputs, where)
        priors, variances = self._own_priors if "priors" not in parts else self._given(parts, where)
        count, locations = len(priors), parts["locations"]
        confidences = parts["confidences"]
        if locations.size != 4 * count or not count or confidences.size % count:
            raise CalibrateError(
                f"{locations.size} locations and {confidences.size} confidences do not fit "
                f"{count} priors",
                where,
            )
        boxes = ssd_boxes(locations.reshape(-1, 4), priors, variances)
        scores = confidences.reshape(count, -1)
        activation = self.activation_of(scores)
        return DenseBoxes(
            boxes, probabilities(scores, activation, self.background_class), relative=True
        )

    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """The confidences as they are, in one row a prior."""
        parts = self.arrays(outputs, where)
        return parts["confidences"].reshape(max(1, parts["locations"].size // 4), -1)

    def logit_activation(self, scores: Sequence[Floats]) -> Activation:
        """Softmax where a class means no object, else the sigmoid."""
        del scores  # logits alone do not show it
        return "sigmoid" if self.background_class is None else "softmax"

    @cached_property
    def _own_priors(self) -> tuple[Boxes, Floats]:
        variances: Floats | None = None
        if self.priors_file is not None:
            boxes, variances = load(self.priors_file)
            boxes = to_corners(boxes, self.prior_format)
        else:
            height, width = self.input_size or (1, 1)
            boxes = generated(self.prior_layers, height, width, clip=self.clip_priors)
        return boxes, self._default_variances if variances is None else variances

    def _given(self, parts: Mapping[str, Floats], where: str) -> tuple[Boxes, Floats]:
        boxes, variances = split(parts["priors"], where)
        return boxes, self._default_variances if variances is None else variances

    @property
    def _default_variances(self) -> Floats:
        return np.array(self.variances, np.float32)
