"""Lines of YOLO label files: boxes, outlines, oriented boxes and poses, as enclosing boxes.

Forms by their count of numbers behind the class: 4 is a box (centre, width, height); 5 a box with
a confidence, which is left out; 8 the corners of an oriented box; other even counts from 6 the
points of an outline. A pose is a box with x, y and visibility of each keypoint; it is known by
visibilities of 0, 1 or 2 at every third place. Keypoints without visibility look like an outline,
so a dataset of such lines states `row_format: pose`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from calibrate.core.text import shown
from calibrate.datasets.formats.label_lists import integer
from calibrate.errors import CalibrateError

SLACK = 1.001
"""How far rounding may carry a normalized coordinate beyond 1."""

_CLASSES = 1e9
"""No class number is as large."""

RowForm = Literal["auto", "box", "outline", "pose"]


@dataclass(frozen=True, slots=True)
class YoloObject:
    """One line, in shares of the image's width and height.

    Attributes:
        label: class id.
        centre_x: of the box, or of the enclosing box of an outline.
        centre_y: likewise.
        width: likewise.
        height: likewise.
        line: its number in the file.
        outline: x, y of each point; empty for boxes and poses.
        keypoints: x, y and visibility (0 not labelled, 1 hidden, 2 visible) of each.
    """

    label: int
    centre_x: float
    centre_y: float
    width: float
    height: float
    line: int
    outline: tuple[float, ...] = ()
    keypoints: tuple[tuple[float, float, float], ...] = ()


def parse_yolo(
    lines: Iterable[str], place: str, problems: list[CalibrateError], form: RowForm = "auto"
) -> list[YoloObject]:
    """Objects of a label file; blank lines are left out.

    Args:
        lines: of the file.
        place: its path, for messages.
        problems: gets an entry for each line of another form.
        form: what the lines are; `auto` takes each by its count of numbers.
    """
    objects: list[YoloObject] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        try:
            label = _label(words[0])
            kind = _form_of(words[1:]) if form == "auto" else form
            box = _box(words[1:], kind)
            outline = tuple(map(_share, words[1:])) if kind == "outline" else ()
            keypoints = _keypoints(words[5:]) if kind == "pose" else ()
        except CalibrateError as error:
            problems.append(CalibrateError(error.message, f"{place}:{number}", error.hint))
            continue
        objects.append(YoloObject(label, *box, number, outline, keypoints))
    return objects


def _label(word: str) -> int:
    label = integer(word)
    if label is None:
        try:
            value = float(word)
        except ValueError:
            value = -1.0
        label = int(value) if value.is_integer() and value < _CLASSES else None
    if label is None or label < 0:
        raise CalibrateError(f"the class '{shown(word[:40])}' is not a whole number from 0")
    return label


def _box(words: Sequence[str], form: RowForm) -> tuple[float, float, float, float]:
    count = len(words)
    if form == "box" and count in (4, 5):
        # The fifth number is the confidence that `save_conf=True` writes behind a prediction.
        if count == 5:
            _share(words[4])
        x, y, width, height = (_share(word) for word in words[:4])
        return x, y, width, height
    if form == "pose" and count > 4:
        x, y, width, height = (_share(word) for word in words[:4])
        return x, y, width, height
    if form == "outline" and count >= 6 and count % 2 == 0:
        return _enclosing([_share(word) for word in words])
    raise CalibrateError(
        f"the line has {count + 1} numbers, which is no {_FORMS.get(form, 'known form')}",
        hint="known: `class cx cy w h` (with a confidence behind), `class x1 y1 x2 y2 x3 y3 ...` "
        "(outline or oriented box), `class cx cy w h` and keypoints (row_format: pose)",
    )


_FORMS = {"box": "box", "outline": "outline", "pose": "pose"}


def _form_of(words: Sequence[str]) -> RowForm:
    if len(words) in (4, 5):
        return "box"
    return "pose" if _has_visibilities(words) else "outline"


def _has_visibilities(words: Sequence[str]) -> bool:
    """Whether what follows a box is x, y and a visibility of 0, 1 or 2 of each keypoint."""
    rest = words[4:]
    if len(rest) < 3 or len(rest) % 3:
        return False
    return all(word.rstrip("0").rstrip(".") in {"", "0", "1", "2"} for word in rest[2::3])


def _keypoints(words: Sequence[str]) -> tuple[tuple[float, float, float], ...]:
    """Return x, y and visibility of each keypoint; without visibilities, all are visible."""
    step = 3 if _has_visibilities(["0"] * 4 + list(words)) else 2
    if len(words) % step:
        raise CalibrateError(f"{len(words)} numbers behind the box are no keypoints of x and y")
    points = [words[start : start + step] for start in range(0, len(words), step)]
    return tuple(
        (_share(point[0]), _share(point[1]), float(point[2]) if step == 3 else 2.0)
        for point in points
    )


def _enclosing(points: Sequence[float]) -> tuple[float, float, float, float]:
    left, right = min(points[::2]), max(points[::2])
    top, bottom = min(points[1::2]), max(points[1::2])
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def _share(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 0 <= value <= SLACK:
        raise CalibrateError(
            f"'{shown(word[:40])}' is not a number between 0 and 1",
            hint="coordinates are shares of the image's width and height",
        )
    return value
