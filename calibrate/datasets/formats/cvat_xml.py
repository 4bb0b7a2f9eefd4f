"""Parse annotations of CVAT (`CVAT for images 1.1`) to records and report every problem."""

import math
from dataclasses import dataclass

from calibrate.core.text import shown
from calibrate.datasets.formats.xml_tree import Element, parse_xml
from calibrate.errors import CalibrateError

_EDGES = ("xtl", "ytl", "xbr", "ybr")


@dataclass(frozen=True, slots=True)
class CvatBox:
    """One `<box>` as it is written.

    Attributes:
        label: name of its class.
        box: xmin ymin xmax ymax, pixels.
        occluded: whether it is marked as occluded.
        line: in the file.
    """

    label: str
    box: tuple[float, float, float, float]
    occluded: bool
    line: int


@dataclass(frozen=True, slots=True)
class CvatImage:
    """One `<image>`; a size of 0 is an unknown one."""

    name: str
    height: int
    width: int
    boxes: tuple[CvatBox, ...]
    line: int


@dataclass(frozen=True, slots=True)
class CvatTask:
    """One file.

    Attributes:
        labels: names of the task's classes, in their order.
        images: in the order of the file.
        shapes: count of shapes that are no boxes, by their tag.
    """

    labels: tuple[str, ...]
    images: tuple[CvatImage, ...]
    shapes: dict[str, int]


def parse_cvat(content: bytes, place: str, problems: list[CalibrateError]) -> CvatTask:
    """Read one annotation file.

    Args:
        content: of the XML file.
        place: its path, for messages.
        problems: gets an entry for everything that violates the format.

    Raises:
        CalibrateError: it is no XML, or has no images.
    """
    root = parse_xml(content, place)
    if root.first("image") is None:
        is_video = root.first("track") is not None
        what = "tracks of a video" if is_video else "no <image>"
        hint = "export the task in the format 'CVAT for images 1.1'"
        raise CalibrateError(f"the file has {what}", place, hint)
    images: list[CvatImage] = []
    shapes: dict[str, int] = {}
    for element in root.all("image"):
        name = element.attributes.get("name", "")
        if not name:
            problems.append(CalibrateError("the image has no name", f"{place}:{element.line}"))
            continue
        boxes = [_box(child, place, problems) for child in element.all("box")]
        for child in element.children:
            if child.tag not in ("box", "tag"):
                shapes[child.tag] = shapes.get(child.tag, 0) + 1
        images.append(
            CvatImage(
                name,
                _length(element, "height"),
                _length(element, "width"),
                tuple(box for box in boxes if box is not None),
                element.line,
            )
        )
    return CvatTask(_labels(root), tuple(images), shapes)


def _labels(root: Element) -> tuple[str, ...]:
    """Class names in `<meta>`, below `<task>`, `<job>` or `<project>`."""
    names: list[str] = []
    waiting = list(root.all("meta"))
    while waiting:
        element = waiting.pop(0)
        for labels in element.all("labels"):
            texts = [label.first("name") for label in labels.all("label")]
            names += [name.text.strip() for name in texts if name is not None]
        waiting += [child for child in element.children if child.tag in ("task", "job", "project")]
    return tuple(dict.fromkeys(name for name in names if name))


def _length(element: Element, key: str) -> int:
    text = element.attributes.get(key, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _box(element: Element, place: str, problems: list[CalibrateError]) -> CvatBox | None:
    where = f"{place}:{element.line}"
    label = element.attributes.get("label", "")
    if not label:
        problems.append(CalibrateError("the box has no label", where))
        return None
    if float(_number(element.attributes.get("rotation", "0")) or 0.0) != 0.0:
        message = "the box is rotated, upright boxes are read here"
        problems.append(CalibrateError(message, where, "export upright boxes"))
        return None
    edges = [_number(element.attributes.get(key, "")) for key in _EDGES]
    missing = [key for key, edge in zip(_EDGES, edges, strict=True) if edge is None]
    if missing:
        message = f"{', '.join(missing)} of the box '{shown(label)}' is no number"
        problems.append(CalibrateError(message, where))
        return None
    left, top, right, bottom = (edge for edge in edges if edge is not None)
    occluded = element.attributes.get("occluded") == "1"
    return CvatBox(label, (left, top, right, bottom), occluded, element.line)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
