"""Adapters of the Accuracy Checker that make no boxes → our decoders."""

from collections.abc import Callable
from dataclasses import dataclass, field

from calibrate.migrate.detection import DETECTION
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.postprocessing import Afterwards
from calibrate.migrate.recognition import Recognition, greedy, simple
from calibrate.migrate.values import per_channel


@dataclass(frozen=True, slots=True)
class Around:
    """What a decoder depends on besides its own parameters.

    Attributes:
        after: what the postprocessing says.
        background: whether the dataset has a background class that only the model counts.
        target_reversed: whether target images are read as BGR.
        uses_argmax: whether a metric takes the best class of predictions itself.
        recognition: what adapter, decoder and metrics of texts share; decoders of texts set it.
    """

    after: Afterwards
    background: bool = False
    target_reversed: bool = False
    uses_argmax: bool = False
    recognition: Recognition = field(default_factory=Recognition)


Converter = Callable[[Keys, Around], Part | None]


def decoder_of(keys: Keys, around: Around) -> Part | None:
    """Our decoder for the source's adapter, or None with a report."""
    kind = str(keys.get("type", ""))
    if not kind:
        keys.notes.add("lost", keys.where, "there is no adapter, so nothing reads the outputs")
        return None
    if (detection := DETECTION.get(kind)) is not None:
        part = detection(keys, around.after)
    elif (other := OTHERS.get(kind)) is not None:
        part = other(keys, around)
        if around.after.suppression:
            keys.notes.add("lost", around.after.suppression, "there are no boxes to suppress")
    else:
        keys.notes.add("lost", keys.at("type"), "no decoder reads such outputs here", kind)
        return None
    keys.finish(f"{kind} has no such parameter here")
    return part


def _output(keys: Keys, key: str) -> Part:
    name = keys.get(key)
    return {} if name is None else {"output": str(name)}


def _classification(keys: Keys, around: Around) -> Part | None:
    part: Part = {"type": "classification", **_output(keys, "classification_output")}
    if keys.get("multi_label_threshold") is not None:
        keys.lost("multi_label_threshold", "a threshold is the metric's here: f1, threshold")
        part["type"] = "multilabel"
    for key in ("argmax_output", "fixed_output"):
        if keys.get(key, False):
            keys.notes.add("lost", keys.at(key), "the model has to give a score for each class")
            return None
    if keys.get("do_softmax", False):
        part["probabilities"] = False
    if around.background and part["type"] == "classification":
        part["background_offset"] = 1
    keys.no_meaning(
        "the shape of the output tells it", "block", "label_as_array", "fixed_output_index"
    )
    return part


def _segmentation(keys: Keys, around: Around) -> Part | None:
    takes_best = bool(keys.get("make_argmax", False))
    if around.after.resized and around.uses_argmax and not takes_best:
        keys.notes.add(
            "differs",
            around.after.resized,
            "there the scores of each class are brought to 0-255 by themselves before the best is "
            "taken, here the best is taken first",
            "without make_argmax",
        )
    part: Part = {"type": "segmentation", "resize_to": around.after.mask_size}
    return {**part, "interpolation": "nearest"}


def _one_class(keys: Keys, around: Around) -> Part | None:
    threshold = keys.get("threshold", 0.5)
    part: Part = {"type": "segmentation", "threshold": threshold}
    return {**part, "resize_to": around.after.mask_size, "interpolation": "nearest"}


def _regression(keys: Keys, _: Around) -> Part | None:
    keys.no_meaning("values are compared as a row here", "keep_shape", "ignore_batch")
    names = keys.get("outputs", [])
    if isinstance(names, list) and len(names) > 1:
        keys.lost("outputs", "calibrate evaluates the numbers of one output")
        return None
    part: Part = {"type": "regression"}
    if names:
        part["output"] = str(names[0] if isinstance(names, list) else names)
    return part


def _embedding(keys: Keys, _: Around) -> Part | None:
    if not keys.get("grn_workaround", True):
        why = "there vectors are compared as they are, here they are brought to length 1"
        keys.notes.add("differs", keys.at("grn_workaround"), why, "false")
    keys.lost_unless("keep_shape", "a vector is compared as a row here")
    keys.no_meaning("one inference a sample gives one vector", "joining_method")
    pooling: Part = {"pooling": "mean"} if keys.get("mean_pooling", False) else {}
    return {"type": "embedding", **_output(keys, "target_out"), **pooling}


def _image(keys: Keys, around: Around) -> Part | None:
    part: Part = {"type": "super_resolution", **_output(keys, "target_out")}
    if bool(keys.get("reverse_channels", False)) != around.target_reversed:
        part["channels"] = "BGR"
    for theirs, ours, default in (("std", "scale", 255), ("mean", "offset", 0)):
        value = per_channel(raw := keys.get(theirs, default))
        if value is None or isinstance(value, list):
            keys.notes.add("lost", keys.at(theirs), "one number for all channels here", raw)
        elif value != default:
            part[ours] = value
    if keys.get("cast_to_uint8", True):
        keys.notes.add(
            "differs",
            keys.at("cast_to_uint8"),
            "there the image is truncated to whole numbers before evaluation, here it is not",
            "true",
        )
    return part


def _texts(convert: Callable[[Keys, Recognition], Part | None]) -> Converter:
    def converted(keys: Keys, around: Around) -> Part | None:
        return convert(keys, around.recognition)

    return converted


OTHERS: dict[str, Converter] = {
    "classification": _classification,
    "ctc_greedy_search_decoder": _texts(greedy),
    "image_processing": _image,
    "multi_output_regression": _regression,
    "regression": _regression,
    "reid": _embedding,
    "segmentation": _segmentation,
    "segmentation_one_class": _one_class,
    "simple_decoder": _texts(simple),
    "super_resolution": _image,
}
