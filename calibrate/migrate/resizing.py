"""The Accuracy Checker's `resize` and `auto_resize` → our `resize`."""

from calibrate.migrate.colours import Pipeline
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.values import number, size_of

_FILTERS = {
    "NEAREST": "nearest",
    "LINEAR": "bilinear",
    "BILINEAR": "bilinear",
    "CUBIC": "bicubic",
    "BICUBIC": "bicubic",
    "AREA": "area",
    "BOX": "area",
    "LANCZOS": "lanczos",
    "LANCZOS4": "lanczos",
    "ANTIALIAS": "lanczos",
}
# Of libraries that do not widen a filter as the image shrinks, we have the bilinear one.
_ANTIALIASED_ONLY = ("bicubic", "lanczos")
_SAME_ASPECTS = ("width", "height", "greater", "fit_to_window")


def resize(keys: Keys, pipeline: Pipeline) -> None:
    """Write a resize; without a size that we can reach it is reported."""
    target = size_of(keys)
    step = _size(keys, target)
    if step is not None:
        pipeline.add({"type": "resize", **step, **_filter(keys)})
        pipeline.target = target
    else:
        pipeline.target = {}
        for key in ("interpolation", "use_pillow", "use_tensorflow", "resize_realization"):
            keys.get(key)
    for key in ("factor", "include_boundary", "scale"):
        keys.lost(key, "sizes are not made divisible or scaled by a factor here")


def auto_resize(keys: Keys, pipeline: Pipeline) -> None:
    """Report that the size is the model's, which is not in the config."""
    pipeline.target = {}
    keys.notes.add(
        "lost",
        keys.where,
        "the size is that of the model's input: write {type: resize, size: ..., antialias: false}",
        "auto_resize",
    )


def _size(keys: Keys, target: Part) -> Part | None:
    aspect = keys.get("aspect_ratio_scale")
    if not target:
        keys.notes.add("lost", keys.where, "there is no size to resize to", "resize")
        return None
    if aspect is None:
        return target
    if aspect in _SAME_ASPECTS:
        return {**target, "aspect_ratio_scale": aspect}
    if aspect == "frcnn_keep_aspect_ratio" and "size" in target:
        # The shorter side at the size, unless the longer one is then larger, which it always is.
        return {**target, "aspect_ratio_scale": "fit_to_window"}
    sides = [side for value in target.values() if (side := number(value)) is not None]
    if sides and (aspect == "mask_rcnn_benchmark_aspect_ratio" or _covers(aspect, target)):
        return {"shorter_side": min(sides)}
    where = keys.at("aspect_ratio_scale")
    keys.notes.add("lost", where, "there is no such rule of sizes here", aspect)
    return None


def _covers(aspect: object, target: Part) -> bool:
    """Whether the smallest image that covers the target is one with a shorter side given."""
    return aspect == "min_ratio" and "size" in target


def _filter(keys: Keys) -> Part:
    library = keys.get("resize_realization")
    pillow, tensorflow = keys.get("use_pillow", False), keys.get("use_tensorflow", False)
    if library is None:
        library = "pillow" if pillow else "tf" if tensorflow else "opencv"
    word = str(keys.get("interpolation", "LINEAR")).upper()
    name = _FILTERS.get(word)
    where = keys.at("interpolation")
    if name is None:
        keys.notes.add("differs", where, "no such filter here: bilinear is written", word)
        name = "bilinear"
    written: Part = {} if name == "bilinear" else {"interpolation": name}
    if library == "pillow":
        return written
    if name == "bilinear":
        written["antialias"] = False
    elif name in _ANTIALIASED_ONLY:
        keys.notes.add("differs", where, f"{library} does not antialias it, {name} here does", word)
    return written
