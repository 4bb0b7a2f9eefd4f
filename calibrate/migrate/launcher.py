"""A launcher of the Accuracy Checker → our `model` section."""

from pathlib import PurePath
from typing import Any

from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.places import Places
from calibrate.migrate.values import numbers

# Whose models OpenVINO reads.
FRAMEWORKS = ("openvino", "dlsdk", "onnx_runtime", "tf", "tf2", "tf_lite", "paddle_paddle")
_LAYOUTS = ("NCHW", "NHWC", "CHW", "HWC", "NHW", "NC", "N", "NCDHW", "NDHWC", "NTC", "CN")
_FACTS = {
    "IMAGE_INFO": "im_info",
    "ORIG_IMAGE_INFO": "source_size",
    "PROCESSED_IMAGE_INFO": "input_size",
    "SCALE_FACTOR": "scale_factor",
}
"""Facts of the image that feed an input, by the Accuracy Checker's type of the input."""

_OWN_WAY = "how fast a model runs is measured here, in one way for all"


def model_of(keys: Keys, name: str, places: Places, given: str | None) -> Part:
    """The section for one launcher; the adapter is left for others.

    Args:
        keys: the launcher.
        name: of the model.
        places: where relative paths lead.
        given: the model's path from the command line, or None.
    """
    framework = str(keys.get("framework", "openvino"))
    if framework not in FRAMEWORKS:
        keys.notes.add(
            "lost", keys.at("framework"), "OpenVINO does not read its models: convert it", framework
        )
    theirs = keys.get("model") or keys.get("saved_model_dir")
    keys.get("saved_model_dir")
    if given is not None:
        path: str = given
    elif theirs is not None:
        path = places.model(theirs)
    else:
        path = f"{name}.xml"
        keys.notes.add("fill_in", keys.at("model"), "write the model's path to model.path", path)
    part: Part = {"path": path, "name": name}
    _weights(keys, path)
    if inputs := _inputs(keys):
        part["inputs"] = inputs
    device = str(keys.get("device", "CPU"))
    if device.upper() not in ("CPU", "AUTO"):
        keys.notes.add("lost", keys.at("device"), "the result is made for the CPU", device)
    keys.no_meaning(_OWN_WAY, "batch", "allow_reshape_input", "async_mode", "num_requests")
    keys.no_meaning("OpenVINO needs no such names", "output_names", "outputs")
    keys.no_meaning("images are fed one way here", "tags")
    return part


def _weights(keys: Keys, path: str) -> None:
    weights = keys.get("weights")
    if weights is None:
        return
    if PurePath(str(weights)).stem == PurePath(path).stem:
        keys.no_meaning("weights of an IR are the .bin of its name", "weights")
    else:
        keys.lost("weights", "the .bin has to have the model's name, in its folder")


def _inputs(keys: Keys) -> dict[str, Part]:
    """Shapes and layouts of inputs that images feed."""
    written: dict[str, Part] = {}
    for entry in keys.entries("inputs"):
        kind = entry.get("type", "INPUT")
        name = str(entry.get("name", ""))
        part: Part = {}
        if kind == "CONST_INPUT" and "value" in entry:
            part["value"] = _constant(entry)
        elif kind in _FACTS:
            part["source"] = _FACTS[kind]
        elif kind != "INPUT":
            entry.notes.add("lost", entry.at("type"), "only samples feed inputs here", kind)
        if "value" not in part:
            entry.lost("value", "which file of a sample feeds which input cannot be said here")
        shape = _shape(entry.get("shape"))
        if shape is not None:
            part["shape"] = shape
        if (layout := entry.get("layout")) in _LAYOUTS:
            part["layout"] = layout
        elif layout is not None and part.get("value") is None:
            entry.notes.add("lost", entry.at("layout"), "no layout of images", layout)
        entry.no_meaning("the model tells it", "precision")
        entry.finish("nothing like it for inputs here")
        if part and name and kind in ("INPUT", "CONST_INPUT", *_FACTS):
            written[name] = part
    return written


def _constant(entry: Keys) -> Any:  # noqa: ANN401  # a number or lists of them
    """The constant of an input: a number, a list, or text that writes one."""
    value = entry.get("value")
    listed = numbers(value) if isinstance(value, str) else None
    if listed is None:
        return value
    return listed[0] if len(listed) == 1 else listed


def _shape(value: Any) -> list[int] | None:  # noqa: ANN401  # a text or a list
    sides = numbers(value)
    return None if sides is None else [int(side) for side in sides]
