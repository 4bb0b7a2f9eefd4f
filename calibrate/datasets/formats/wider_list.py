"""Parse the lists of WIDER FACE: an image, the count of its faces, and a line for each face."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.core.text import shown
from calibrate.errors import CalibrateError

_INVALID = 7
"""Column of a face that the annotators marked as invalid, behind x, y, w, h and three others."""


@dataclass(frozen=True, slots=True)
class WiderFace:
    """One face as it is written.

    Attributes:
        box: xmin ymin xmax ymax, pixels.
        is_invalid: whether the list marks it as invalid; False where it has no such column.
        line: in the list.
    """

    box: tuple[float, float, float, float]
    is_invalid: bool
    line: int


@dataclass(frozen=True, slots=True)
class WiderImage:
    """One image: its name relative to the folder of images, its faces, and its line in the list."""

    name: str
    faces: tuple[WiderFace, ...]
    line: int


def parse_wider(
    lines: Sequence[str], where: str, problems: list[CalibrateError]
) -> list[WiderImage]:
    """Return the images of a list such as `wider_face_val_bbx_gt.txt`.

    A line of a face is `x y w h blur expression illumination invalid occlusion pose`, of which
    the first four numbers are needed. Behind the count 0 the dataset's lists have one line of
    zeros, which is no face.

    Args:
        lines: of the list.
        where: the list, for messages.
        problems: gets an entry for everything that violates the format; reading ends at a count
            that is none, since the lines after it cannot be assigned to images.
    """
    images: list[WiderImage] = []
    names: dict[str, int] = {}
    at = 0
    while at < len(lines):
        name = lines[at].strip()
        if not name:
            at += 1
            continue
        first = at + 1
        count = lines[first].strip() if first < len(lines) else ""
        if not (count.isdecimal() and count.isascii() and len(count) < 8):
            message = f"the count of faces of '{shown(name)}' is missing"
            hint = "each image has a line with its name, one with the count, and one for each face"
            problems.append(CalibrateError(message, f"{where}:{first + 1}", hint))
            return images
        last = first + int(count)
        if last >= len(lines):
            message = f"'{shown(name)}' has {count} faces, the list ends after "
            message += str(len(lines) - first - 1)
            problems.append(CalibrateError(message, f"{where}:{first + 1}"))
            return images
        if name in names:
            message = f"'{shown(name)}' is listed before, in line {names[name]}"
            problems.append(CalibrateError(message, f"{where}:{at + 1}"))
        names[name] = at + 1
        rows = [(number + 1, lines[number]) for number in range(first + 1, last + 1)]
        faces = (_face(text, f"{where}:{line}", line, problems) for line, text in rows)
        images.append(WiderImage(name, tuple(face for face in faces if face is not None), at + 1))
        at = last + 1
        if count == "0" and at < len(lines) and _is_filling(lines[at]):
            at += 1
    return images


def _is_filling(line: str) -> bool:
    cells = line.split()
    return len(cells) >= 4 and all(cell == "0" for cell in cells)


def _face(text: str, where: str, line: int, problems: list[CalibrateError]) -> WiderFace | None:
    cells = text.split()
    numbers = [_number(cell) for cell in cells[:4]]
    if len(numbers) < 4 or None in numbers:
        message = f"'{shown(text.strip())}' does not begin with the numbers x y w h of a face"
        problems.append(CalibrateError(message, where))
        return None
    x, y, width, height = (number for number in numbers if number is not None)
    is_invalid = len(cells) > _INVALID and cells[_INVALID] == "1"
    return WiderFace((x, y, x + width, y + height), is_invalid, line)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
