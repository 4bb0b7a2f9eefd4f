"""Alternatives to a config that correct common mistakes of preprocessing and label numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calibrate.commands.new.guess_preprocessing import NORMALIZATIONS, USUAL_SHORTER

Step = Mapping[str, Any]

_SWAPS = ("rgb_to_bgr", "bgr_to_rgb")
_SIDES = ("size", "dst_height", "dst_width")
_CAFFE_BGR: Step = {"type": "normalization", "preset": "caffe"}
_CAFFE_RGB: Step = {"type": "normalization", "mean": [123.68, 116.779, 103.939]}
"""ImageNet's means of pixels 0-255, as models that were trained with Caffe subtract them."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One change of a config.

    Attributes:
        name: name of the change, a phrase that follows `with`: `BGR`, `label_offset: -1`.
        preprocessing: the whole section.
        decoder: the whole section.
    """

    name: str
    preprocessing: tuple[Step, ...]
    decoder: Mapping[str, Any]


def preprocessing_alternatives(
    steps: Sequence[Step], decoder: Mapping[str, Any]
) -> Iterator[Alternative]:
    """Yield the other channel order, every other normalization, and a crop or none."""
    for name, changed in (*_channel_orders(steps), *_normalizations(steps), *_crops(steps)):
        yield Alternative(name, tuple(changed), decoder)


def decoder_alternatives(
    steps: Sequence[Step], decoder: Mapping[str, Any], parameters: Sequence[str]
) -> Iterator[Alternative]:
    """Yield other class numbers: shifted by one, COCO's ids, a background class.

    Args:
        steps: the preprocessing, unchanged.
        decoder: its section.
        parameters: names of the decoder's parameters.
    """
    choices: Sequence[tuple[str, Any]] = (
        ("label_offset", -1),
        ("label_offset", 0),
        ("label_offset", 1),
        ("label_map", None),
        ("label_map", "coco_91_to_80"),
        ("label_map", "coco_80_to_91"),
        ("background_offset", 0),
        ("background_offset", 1),
    )
    defaults = {"label_offset": 0, "label_map": None, "background_offset": 0}
    for key, value in choices:
        if key not in parameters or decoder.get(key, defaults[key]) == value:
            continue
        changed = {name: given for name, given in decoder.items() if name != key}
        if value != defaults[key]:
            changed[key] = value
        name = f"{key}: {value}" if value is not None else f"no {key}"
        yield Alternative(name, tuple(steps), changed)


def _channel_orders(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    if any(step["type"] == "grayscale" for step in steps):
        return
    swaps = [step for step in steps if step["type"] in _SWAPS]
    if swaps:
        yield "RGB", [step for step in steps if step not in swaps]
        return
    place = next(
        (number for number, step in enumerate(steps) if step["type"] == "normalization"),
        len(steps),
    )
    yield "BGR", [*steps[:place], {"type": "rgb_to_bgr"}, *steps[place:]]


def _normalizations(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    normalizations = [step for step in steps if step["type"] == "normalization"]
    place = steps.index(normalizations[0]) if normalizations else len(steps)
    before = [step for step in steps[:place] if step not in normalizations]
    after = [step for step in steps[place:] if step not in normalizations]
    for name, changed in NORMALIZATIONS.items():
        words = name if name[0].isalpha() else f"values of {name}"
        yield words, [*before, *(_of_input(step, normalizations) for step in changed), *after]
    if not any(step["type"] == "grayscale" for step in steps):
        is_bgr = any(step["type"] == "rgb_to_bgr" for step in before)
        means = _CAFFE_BGR if is_bgr else _CAFFE_RGB
        yield "Caffe's means", [*before, _of_input(means, normalizations), *after]


def _crops(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    """Yield a plain resize instead of shorter side and crop, and vice versa."""
    resizes = [step for step in steps if step["type"] == "resize"]
    if len(resizes) != 1:
        return
    resize, place = resizes[0], steps.index(resizes[0])
    crops = [step for step in steps if step["type"] == "crop"]
    if resize.get("shorter_side") and crops and _size(crops[0]):
        plain = {**resize, "shorter_side": None, **_size(crops[0])}
        rest = [step for step in steps if step not in crops]
        yield "a plain resize", [*rest[:place], plain, *rest[place + 1 :]]
    elif not crops and not resize.get("shorter_side") and (size := _size(resize)):
        nothing = dict.fromkeys(_SIDES)
        shorter = round(min(size.values()) * USUAL_SHORTER)
        both = [
            {**resize, **nothing, "shorter_side": shorter},
            _of_input({"type": "crop", **size}, resizes),
        ]
        yield "shorter side and centre crop", [*steps[:place], *both, *steps[place + 1 :]]


def _size(step: Step) -> dict[str, int]:
    return {key: step[key] for key in _SIDES if step.get(key)}


def _of_input(step: Step, like: Sequence[Step]) -> Step:
    """Return the step, applied to the same model input as another step."""
    return {**step, "input": like[0]["input"]} if like and "input" in like[0] else step
