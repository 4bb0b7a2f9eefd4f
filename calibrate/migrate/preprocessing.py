"""Preprocessing of the Accuracy Checker → our steps."""

from collections.abc import Callable, Sequence

from calibrate.migrate.colours import Order, Pipeline
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.resizing import auto_resize, resize
from calibrate.migrate.values import numbers, per_channel, size_of

Converter = Callable[[Keys, Pipeline], None]

# The Accuracy Checker's own named values, in the order in which it applies them.
_PRESETS = {
    "imagenet": [104.00698793, 116.66876762, 122.67891434],
    "cifar10": [125.307, 122.961, 113.8575],
}
_PAD_MODES = {"constant": "constant", "edge": "edge"}


def steps_of(entries: Sequence[Keys], order: Order) -> list[Part]:
    """Our steps for a list of the source's.

    Args:
        entries: the source's list.
        order: what its reader delivers.
    """
    pipeline = Pipeline(theirs=order)
    for entry in entries:
        kind = str(entry.get("type", ""))
        convert = STEPS.get(kind)
        if convert is None:
            entry.notes.add("lost", entry.at("type"), "there is no such step here", kind)
            continue
        convert(entry, pipeline)
        entry.finish(f"{kind} has no such parameter here")
    pipeline.to_order()
    return pipeline.steps


def fixed_size(steps: Sequence[Part]) -> tuple[int, int] | None:
    """Height and width of the model's input, where the last step of sizes fixes them."""
    sizes = [step for step in steps if step["type"] in ("resize", "crop", "padding")]
    if not sizes or {"aspect_ratio_scale", "shorter_side", "stride"} & set(sizes[-1]):
        return None
    height = sizes[-1].get("dst_height", sizes[-1].get("size"))
    width = sizes[-1].get("dst_width", sizes[-1].get("size"))
    return None if height is None or width is None else (height, width)


def _crop(keys: Keys, pipeline: Pipeline) -> None:
    step: Part = {"type": "crop", **size_of(keys)}
    if (share := keys.get("central_fraction")) is not None:
        step["central_fraction"] = share
    if keys.get("max_square"):
        step["max_square"] = True
    if keys.get("use_pillow"):
        step["rounding"] = "half_even"
    pipeline.target = {}
    pipeline.add(step)


def _padding(keys: Keys, pipeline: Pipeline) -> None:
    stride = keys.get("stride")
    # Without a size of its own it pads to what the resize before it aimed at.
    step: Part = {"type": "padding", **(size_of(keys) or pipeline.target)}
    if stride is not None and stride != 1:
        step["stride"] = stride
    if len(step) == 1:
        keys.notes.add("lost", keys.where, "there is no size to pad to")
        return
    if (where := keys.get("pad_type")) is not None:
        step["pad_type"] = where
    mode = str(keys.get("numpy_pad_mode", "constant")) if keys.get("use_numpy") else "constant"
    keys.get("numpy_pad_mode")
    if mode not in _PAD_MODES:
        keys.notes.add("lost", keys.at("numpy_pad_mode"), "no such filling here", mode)
    elif mode != "constant":
        step["pad_mode"] = mode
    if "pad_value" in keys and mode == "constant":
        value = per_channel(raw := keys.get("pad_value"))
        if value is None:
            keys.notes.add("lost", keys.at("pad_value"), "no number: write one", raw)
        else:
            if isinstance(value, list):
                pipeline.to_order()
            step["pad_value"] = value
    keys.get("pad_value")
    keys.lost_unless("enable_resize", "padding does not shrink larger images here")
    keys.lost_unless("left_top_extend", "an odd pixel goes to the right and the bottom here")
    pipeline.add(step)


def _normalization(keys: Keys, pipeline: Pipeline) -> None:
    step: Part = {"type": "normalization"}
    for key in ("mean", "std"):
        if (raw := keys.get(key)) is None:
            continue
        value = per_channel(_PRESETS.get(str(raw), raw))
        if value is None or (key == "std" and 0 in (numbers(value) or [])):
            keys.notes.add("lost", keys.at(key), "these are no numbers to normalize with", raw)
            continue
        if isinstance(value, list):
            pipeline.to_order()
        step[key] = value
    keys.no_meaning("only images are normalized here", "images_only")
    if len(step) > 1:
        pipeline.add(step)


def _reversal(_: Keys, pipeline: Pipeline) -> None:
    pipeline.reverse()


def _gray(keys: Keys, pipeline: Pipeline) -> None:
    # Their step counts on an order, whatever the pixels really have; ours counts on RGB.
    counted_on: Order = "BGR" if keys.get("type") == "bgr_to_gray" else "RGB"
    pipeline.to_order("RGB" if pipeline.theirs == counted_on else "BGR")
    pipeline.add({"type": "grayscale"})
    pipeline.ours = pipeline.theirs
    keys.no_meaning("the type of the numbers is the model's input's here", "cast_to_float")


STEPS: dict[str, Converter] = {
    "auto_resize": auto_resize,
    "bgr_to_gray": _gray,
    "bgr_to_rgb": _reversal,
    "crop": _crop,
    "normalization": _normalization,
    "padding": _padding,
    "resize": resize,
    "rgb_to_bgr": _reversal,
    "rgb_to_gray": _gray,
}
