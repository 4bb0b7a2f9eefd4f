"""Which preprocessing a model could want: proposals that are then tried on labelled images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Step = Mapping[str, Any]

_USUAL_SHORTER = 256 / 224
"""What ImageNet models were mostly tested with: 256 pixels before a crop of 224."""

NORMALIZATIONS: Mapping[str, tuple[Step, ...]] = {
    "pixels 0 to 255": (),
    "0 to 1": ({"type": "normalization", "preset": "unit"},),
    "-1 to 1": ({"type": "normalization", "preset": "tf"},),
    "ImageNet's mean and deviation": ({"type": "normalization", "preset": "imagenet"},),
}


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """A proposal.

    Attributes:
        height: of the model's input, pixels.
        width: likewise.
        normalization: one of `NORMALIZATIONS`.
        resize: `none`, `plain`, or `crop`: shorter side first, then the centre.
        bgr: whether channels are turned to BGR.
        gray: whether the model takes one channel.
    """

    height: int
    width: int
    normalization: str
    resize: str = "plain"
    bgr: bool = False
    gray: bool = False

    def steps(self) -> tuple[Step, ...]:
        """The section."""
        return (
            *_sizes(self),
            *(({"type": "grayscale"},) if self.gray else ()),
            *(({"type": "rgb_to_bgr"},) if self.bgr else ()),
            *NORMALIZATIONS[self.normalization],
        )

    def words(self) -> str:
        """What it does, for people."""
        size = {"none": "", "plain": "plain resize, ", "crop": "shorter side and crop, "}
        order = "grey" if self.gray else "BGR" if self.bgr else "RGB"
        return f"{size[self.resize]}{order}, {self.normalization}"


def normalizations(start: Preprocessing) -> Iterator[Preprocessing]:
    """The same with every normalization."""
    for name in NORMALIZATIONS:
        yield replace(start, normalization=name)


def variations(best: Preprocessing, *, crops: bool) -> Iterator[Preprocessing]:
    """What else may differ once the normalization is known: channel order, and a crop."""
    if not best.gray:
        yield replace(best, bgr=True)
    if crops and best.resize == "plain":
        yield replace(best, resize="crop")


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
    shorter = round(min(wanted.height, wanted.width) * _USUAL_SHORTER)
    return ({"type": "resize", "shorter_side": shorter}, {"type": "crop", **size})
