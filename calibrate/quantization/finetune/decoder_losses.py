"""Select the loss that replaces a decoder's divergence."""

from collections.abc import Mapping

from calibrate.core.component import SCORES, Decoder
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.classification import Classification
from calibrate.decoders.fastestdet import FastestDet
from calibrate.decoders.multilabel import MultiLabel
from calibrate.decoders.segmentation import Segmentation
from calibrate.decoders.token_scores import TokenLogits
from calibrate.quantization.finetune.losses import Loss
from calibrate.quantization.finetune.outputs import BEFORE

Shapes = Mapping[str, tuple[int, ...]]

_BOX = {"xyxy": False, "cxcywh": True}
"""Supported formats of boxes, and whether they are centre and size."""

_LEAST_CLASSES = 2


def loss_for(decoder: Decoder, shapes: Shapes) -> Loss:
    """Return the loss for a decoder: its divergence if that has a differentiable form.

    For all other decoders, including plugins, it is the squared error of all outputs over their
    energy.

    Args:
        decoder: the config's.
        shapes: of the twin's outputs by name, with the batch.
    """
    everything = Loss("squared", tuple(shapes))
    if any(BEFORE in name for name in shapes):
        return everything  # the decoder reads outputs of later operations
    if isinstance(decoder, Classification | TokenLogits | MultiLabel):
        name = decoder.output if decoder.output in shapes else None
        if name is None and len(shapes) == 1:
            name = next(iter(shapes))
        if name is None:
            return everything
        is_binary = isinstance(decoder, MultiLabel)
        return Loss("binary", (name,)) if is_binary else Loss("kl", (name,))
    if isinstance(decoder, Segmentation):
        return _of_segmentation(decoder, shapes) or everything
    if isinstance(decoder, BoxesScores | FastestDet):
        return _of_boxes(decoder, shapes) or everything
    return everything


def _of_segmentation(decoder: Segmentation, shapes: Shapes) -> Loss | None:
    if isinstance(decoder.threshold, int | float):
        return None
    behind = [name for name in shapes if name.endswith(SCORES)]
    if len(behind) == 1:
        return Loss("kl", (behind[0],), axis=1)
    named = [name for name in shapes if decoder.output in (None, name)]
    if len(named) != 1 or len(shapes[named[0]]) != 4:
        return None
    _, first, _, last = shapes[named[0]]
    is_last = decoder.layout == "HWC" or (decoder.layout == "auto" and last < first)
    if (last if is_last else first) < _LEAST_CLASSES:
        return None  # one channel, to be compared with a threshold
    return Loss("kl", (named[0],), axis=3 if is_last else 1)


def _of_boxes(decoder: BoxesScores | FastestDet, shapes: Shapes) -> Loss | None:
    if isinstance(decoder, BoxesScores) and (
        decoder.activation not in ("none", "auto")
        or decoder.background_class is not None
        or decoder.box_format not in _BOX
    ):
        return None
    roles = decoder.roles({name: shape[1:] for name, shape in shapes.items()})
    if {"boxes", "scores"} - roles.keys():
        return None
    centred = isinstance(decoder, BoxesScores) and _BOX[decoder.box_format]
    return Loss("boxes", (roles["boxes"], roles["scores"]), centred=centred)
