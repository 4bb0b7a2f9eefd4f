"""The order of channels through the steps: the source's may begin as BGR, ours is RGB."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from calibrate.migrate.draft import Part
from calibrate.migrate.notes import Notes

Order = Literal["RGB", "BGR"]

# What image readers deliver; OpenCV's is the default.
READERS: dict[str, Order] = {
    "lmdb_reader": "BGR",
    "opencv_imread": "BGR",
    "pillow_imread": "RGB",
    "scipy_imread": "RGB",
    "skimage_imread": "RGB",
    "tf_imread": "RGB",
}


@dataclass
class Pipeline:
    """Our steps, and the order of channels on both sides.

    A step that looks at channels needs `to_order` first; all others commute with a reversal, which
    is therefore written as late as possible, and never twice.

    Attributes:
        theirs: the order that the source's pixels have at this point.
        ours: the order that ours have.
        target: height and width that the latest resize aims at.
        steps: written so far.
    """

    theirs: Order
    ours: Order = "RGB"
    target: Part = field(default_factory=dict)
    steps: list[Part] = field(default_factory=list)

    def reverse(self) -> None:
        """The source reverses its channels."""
        self.theirs = _other(self.theirs)

    def to_order(self, wanted: Order | None = None) -> None:
        """Bring ours into the source's order, or into the wanted one."""
        wanted = wanted or self.theirs
        if self.ours != wanted:
            self.steps.append({"type": "rgb_to_bgr" if wanted == "BGR" else "bgr_to_rgb"})
            self.ours = wanted

    def add(self, step: Mapping[str, Any]) -> None:
        """Write a step."""
        self.steps.append(dict(step))


def reader_order(reader: object, where: str, notes: Notes) -> Order | None:
    """What a reader delivers; None for one that reads no images."""
    name = reader.get("type") if isinstance(reader, Mapping) else reader
    order = READERS.get(str(name or "opencv_imread"))
    parameters = {} if not isinstance(reader, Mapping) else {**reader, "type": None}
    for key, value in parameters.items():
        plain = key in ("type", "multi_infer") or (key, value) in (
            ("reading_flag", "color"),
            ("to_rgb", True),
        )
        if not plain and order is not None:
            notes.add("lost", f"{where}.{key}", "images are read as RGB of 8 bits here", value)
    return order


def _other(order: Order) -> Order:
    return "BGR" if order == "RGB" else "RGB"
