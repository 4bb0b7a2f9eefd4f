"""Parse a VOC annotation file to records and report every problem with its line."""

import math
from dataclasses import dataclass

from calibrate.core.text import shown
from calibrate.datasets.formats.xml_tree import Element, parse_xml
from calibrate.errors import CalibrateError

EDGES = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class VocObject:
    """One `<object>` as it is written."""

    name: str
    box: tuple[float, float, float, float]
    difficult: bool
    line: int


@dataclass(frozen=True, slots=True)
class VocImage:
    """One annotation file; a size of 0 is an unknown one."""

    height: int
    width: int
    objects: tuple[VocObject, ...]


def parse_voc(content: bytes, place: str, problems: list[CalibrateError]) -> VocImage:
    """Read one annotation.

    Args:
        content: of the XML file.
        place: its path, for messages.
        problems: gets an entry for everything that violates the format.

    Returns:
        Its objects in their order, those with problems left out.
    """
    try:
        root = parse_xml(content, place)
    except CalibrateError as error:
        problems.append(error)
        return VocImage(0, 0, ())
    size = root.first("size")
    objects = (_object(entry, place, problems) for entry in root.all("object"))
    return VocImage(
        height=_length(size, "height"),
        width=_length(size, "width"),
        objects=tuple(entry for entry in objects if entry is not None),
    )


def _length(size: Element | None, tag: str) -> int:
    element = size.first(tag) if size else None
    text = element.text.strip() if element else ""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _object(entry: Element, place: str, problems: list[CalibrateError]) -> VocObject | None:
    faults: list[CalibrateError] = []
    name = entry.first("name")
    if name is None or not name.text.strip():
        faults.append(CalibrateError("the object has no <name>", f"{place}:{entry.line}"))
    box = entry.first("bndbox")
    if box is None:
        faults.append(CalibrateError("the object has no <bndbox>", f"{place}:{entry.line}"))
    edges = [_edge(box, tag, place, faults) for tag in EDGES] if box else []
    difficult = entry.first("difficult")
    flag = difficult.text.strip() if difficult else "0"
    if flag not in {"0", "1"}:
        line = difficult.line if difficult else entry.line
        message = f"<difficult> is '{shown(flag)}', not 0 or 1"
        faults.append(CalibrateError(message, f"{place}:{line}"))
    problems.extend(faults)
    if faults or name is None:
        return None
    xmin, ymin, xmax, ymax = edges
    return VocObject(name.text.strip(), (xmin, ymin, xmax, ymax), flag == "1", entry.line)


def _edge(box: Element, tag: str, place: str, problems: list[CalibrateError]) -> float:
    edge = box.first(tag)
    if edge is None:
        stray = f"; it holds '{shown(box.text.strip()[:40])}'" if box.text.strip() else ""
        problems.append(CalibrateError(f"<bndbox> has no <{tag}>{stray}", f"{place}:{box.line}"))
        return math.nan
    try:
        value = float(edge.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        message = f"<{tag}> is '{shown(edge.text.strip()[:40])}', not a number"
        problems.append(CalibrateError(message, f"{place}:{edge.line}"))
    return value
