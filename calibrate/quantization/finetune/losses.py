"""Differentiable forms of the decoders' divergences, which distillation minimizes.

The teacher is the FP32 model on the same input, so no label is needed. Choices and evaluation use
the decoder's divergence, measured with OpenVINO; a loss only has to correlate with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Values = Mapping[str, Tensor]

PROBABILITY_FLOOR = 1e-12
KEPT = 64
"""Pairs of box and class of an image that are compared, as in the decoders."""


@dataclass(frozen=True, slots=True)
class Loss:
    """How outputs are compared with the teacher's.

    Attributes:
        kind: `kl` of classes along an axis; `binary` for independent probabilities; `boxes` for
            boxes with scores; `squared` for everything else.
        outputs: names; for `boxes` the output of the boxes, then that of the scores.
        axis: of the classes.
        centred: whether boxes are centre and size, and not corners.
    """

    kind: Literal["kl", "binary", "boxes", "squared"]
    outputs: tuple[str, ...]
    axis: int = -1
    centred: bool = False


def loss_of(loss: Loss, student: Values, teacher: Values) -> Tensor:
    """Return the mean loss over the samples, a scalar; 0 for equal outputs."""
    if loss.kind == "boxes":
        boxes, scores = loss.outputs
        pairs = zip(teacher[boxes], teacher[scores], student[boxes], student[scores], strict=True)
        return torch.stack([moved_boxes(*pair, centred=loss.centred) for pair in pairs]).mean()
    function: Callable[[Tensor, Tensor], Tensor] = {
        "kl": lambda before, after: kl_divergence(before, after, loss.axis),
        "binary": binary_divergence,
        "squared": squared_error,
    }[loss.kind]
    return torch.stack([function(teacher[name], student[name]) for name in loss.outputs]).sum()


def kl_divergence(before: Tensor, after: Tensor, axis: int) -> Tensor:
    """KL(before || after) in nats, mean over everything but the classes.

    Values that are probabilities already (each 0 or more, sums of 1) are used as they are.
    """
    sums = before.sum(axis)
    normalized = bool(before.min() >= 0) and bool((sums - 1).abs().max() < 0.02)
    log_p, log_q = (
        torch.log(values.clamp(min=PROBABILITY_FLOOR)) if normalized else values
        for values in (before, after)
    )
    log_p, log_q = torch.log_softmax(log_p, axis), torch.log_softmax(log_q, axis)
    return (log_p.exp() * (log_p - log_q)).sum(axis).mean()


def binary_divergence(before: Tensor, after: Tensor) -> Tensor:
    """KL of independent probabilities, summed over the classes, mean over samples and places."""
    inside = bool(before.min() >= 0) and bool(before.max() <= 1)
    p, q = (values if inside else torch.sigmoid(values) for values in (before, after))
    p, q = p.clamp(1e-7, 1 - 1e-7), q.clamp(1e-7, 1 - 1e-7)
    terms = p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))
    return terms.sum(-1).mean()


def squared_error(before: Tensor, after: Tensor) -> Tensor:
    """Sum of squared errors over the sum of squares, mean over the samples."""
    before, after = before.flatten(1), after.flatten(1)
    energy = (before**2).sum(1).clamp(min=1e-12)
    return (((before - after) ** 2).sum(1) / energy).mean()


def moved_boxes(
    boxes: Tensor, scores: Tensor, new_boxes: Tensor, new_scores: Tensor, *, centred: bool = False
) -> Tensor:
    """Return the decoders' divergence of detections of one sample.

    Args:
        boxes: [N, 4] of the teacher; more dimensions in front are flattened.
        scores: [N, C] of the teacher; logits where they are not all within 0-1.
        new_boxes: of the student.
        new_scores: of the student.
        centred: boxes are centre and size.
    """
    boxes, new_boxes = boxes.reshape(-1, 4), new_boxes.reshape(-1, 4)
    if centred:
        boxes, new_boxes = _corners(boxes), _corners(new_boxes)
    if not (bool(scores.min() >= 0) and bool(scores.max() <= 1)):
        scores, new_scores = torch.sigmoid(scores), torch.sigmoid(new_scores)
    classes = scores.shape[-1]
    flat, new_flat = scores.reshape(-1), new_scores.reshape(-1)
    count = min(KEPT, len(flat))
    before, index = torch.topk(flat, count)
    rows = torch.div(index, classes, rounding_mode="floor")
    after = new_flat[index]
    stays = 1 - (1 - _overlap(boxes[rows], new_boxes[rows])) ** 2
    moved = stays * before * (before - after) ** 2 + (1 - stays) * (
        before**3 + after.clamp(min=0) ** 3
    )
    floor = before.min()
    highest, places = torch.topk(new_flat, count)
    others = highest[~torch.isin(places, index)]
    return moved.sum() + (others * (others - floor).clamp(min=0) ** 2).sum()


def _corners(boxes: Tensor) -> Tensor:
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return torch.cat([centre - half, centre + half], 1)


def _overlap(first: Tensor, second: Tensor) -> Tensor:
    """Return the IoU of pairs of boxes, [N]."""
    low = torch.maximum(first[:, :2], second[:, :2])
    high = torch.minimum(first[:, 2:], second[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1) for boxes in (first, second)]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-12)


def feature_error(names: Sequence[str], student: Values, teacher: Values) -> Tensor:
    """Mean over operations of the squared error of their outputs."""
    return torch.stack([squared_error(teacher[name], student[name]) for name in names]).mean()
