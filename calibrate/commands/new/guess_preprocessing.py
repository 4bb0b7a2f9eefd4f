"""Propose preprocessings, which are then tried on labelled images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Step = Mapping[str, Any]

USUAL_SHORTER = 256 / 224
"""Ratio of the usual ImageNet evaluation: 256 pixels before a crop of 224."""

NORMALIZATIONS: Mapping[str, tuple[Step, ...]] = {
    "pixels 0 to 255": (),
    "0 to 1": ({"type": "normalization", "preset": "unit"},),
    "-1 to 1": ({"type": "normalization", "preset": "tf"},),
    "ImageNet's mean and deviation": ({"type": "normalization", "preset": "imagenet"},),
}


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """A proposed preprocessing.

    Attributes:
        height: height of the model's input, pixels.
        width: width of the model's input, pixels.
        normalization: one of `NORMALIZATIONS`.
        resize: `none`, `plain`, `crop`: shorter side first, then the centre; or `letterbox`.
        bgr: whether channels are turned to BGR.
        gray: whether the model takes one channel.
        bits: used bits of 16-bit images, which are mapped to 0-255 first.
    """

    height: int
    width: int
    normalization: str
    resize: str = "plain"
    bgr: bool = False
    gray: bool = False
    bits: int | None = None

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of the section `preprocessing`."""
        return (
            *(({"type": "window", "bits": self.bits},) if self.bits else ()),
            *_sizes(self),
            *(({"type": "grayscale"},) if self.gray else ()),
            *(({"type": "rgb_to_bgr"},) if self.bgr else ()),
            *NORMALIZATIONS[self.normalization],
        )

    def words(self) -> str:
        """Return a description for the user."""
        size = {
            "none": "",
            "plain": "plain resize, ",
            "crop": "shorter side and crop, ",
            "letterbox": "letterbox, ",
        }
        order = "grey" if self.gray else "BGR" if self.bgr else "RGB"
        return f"{size[self.resize]}{order}, {self.normalization}"


def normalizations(start: Preprocessing) -> Iterator[Preprocessing]:
    """Yield a proposal with every normalization."""
    for name in NORMALIZATIONS:
        yield replace(start, normalization=name)


def variations(
    best: Preprocessing, *, crops: bool, letterboxes: bool = False
) -> Iterator[Preprocessing]:
    """Yield variations of the best normalization: channel order, a crop, a letterbox."""
    if not best.gray:
        yield replace(best, bgr=True)
    if crops and best.resize == "plain":
        yield replace(best, resize="crop")
    if letterboxes and best.resize == "plain":
        yield replace(best, resize="letterbox")


def _sizes(wanted: Preprocessing) -> Sequence[Step]:
    square = wanted.height == wanted.width
    size: Step = (
        {"size": wanted.height}
        if square
        else {"dst_height": wanted.height, "dst_width": wanted.width}
    )
    if wanted.resize == "none":
        return ()
    if wanted.resize == "plain":
        return ({"type": "resize", **size},)
    if wanted.resize == "letterbox":
        return ({"type": "letterbox", **size},)
    shorter = round(min(wanted.height, wanted.width) * USUAL_SHORTER)
    return ({"type": "resize", "shorter_side": shorter}, {"type": "crop", **size})
