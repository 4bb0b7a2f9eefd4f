"""Which ids the mask files of a dataset hold, and whether the ignored one is a class after all."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibrate.core.text import shown
from calibrate.datasets.formats.masks import MaskCoding, read_mask
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)

_LOSSY = (".jpg", ".jpeg")
_SOFT_VALUES = 16
"""Values between 0 and 255 from which a mask of two classes has smoothed edges."""
_SOFT_SHARE = 0.02
"""Largest share of pixels of such a value."""
_EDGE_SHARE = 0.2
"""Largest share of pixels of all such values together."""

LOOKED_AT = 256
"""Masks that are read before a run begins; of larger datasets so many, evenly spread."""


@dataclass(frozen=True, slots=True)
class MaskSurvey:
    """Pixels by id.

    Attributes:
        pixels: how many pixels have each id.
        masks: how many masks were read.
        total: how many masks there are.
        lossy: whether a file is of a format that changes values, such as JPEG.
    """

    pixels: Mapping[int, int]
    masks: int
    total: int
    lossy: bool = False

    def share(self, label: int) -> float:
        """The share of all pixels that have this id."""
        return self.pixels.get(label, 0) / max(sum(self.pixels.values()), 1)

    def looks_like_grey_levels(self) -> bool:
        """Whether the ids are evenly spread over 0 to 255, as grey levels that mark classes."""
        ids = sorted(self.pixels)
        if len(ids) < 2 or ids[0] != 0 or ids[-1] != 255:
            return False
        step = 255 / (len(ids) - 1)
        return step > 1 and all(abs(value - i * step) <= 1 for i, value in enumerate(ids))

    def looks_like_soft_edges(self) -> bool:
        """Return whether 0 and 255 are two classes and the values between them are their edges."""
        between = [count for value, count in self.pixels.items() if value not in (0, 255)]
        if not {0, 255} <= set(self.pixels) or not between:
            return False
        total = sum(self.pixels.values())
        rare = max(between) <= _SOFT_SHARE * total and sum(between) <= _EDGE_SHARE * total
        return rare and (self.lossy or len(between) >= _SOFT_VALUES)


def survey_masks(
    paths: Sequence[Path], coding: MaskCoding, folder: Path | None = None
) -> MaskSurvey:
    """Count the ids of at most `LOOKED_AT` masks.

    A mask that cannot be read counts as none here: reading the sample tells what is wrong.

    Args:
        paths: of the mask files.
        coding: of the masks.
        folder: what links may not leave; None where they may.
    """
    chosen = [paths[i] for i in np.unique(np.linspace(0, len(paths) - 1, LOOKED_AT).astype(int))]
    pixels: Counter[int] = Counter()
    read = 0
    with ThreadPoolExecutor() as pool:
        for counts in pool.map(lambda path: _counts(path, coding, folder), chosen):
            pixels.update(counts)
            read += bool(counts)
    lossy = any(path.suffix.lower() in _LOSSY for path in chosen)
    return MaskSurvey(dict(pixels), read, len(paths), lossy)


def _counts(path: Path, coding: MaskCoding, folder: Path | None) -> dict[int, int]:
    try:
        mask = read_mask(path, coding, folder)
    except CalibrateError:
        return {}
    ids, counts = np.unique(mask, return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def check_ids(survey: MaskSurvey, place: Path) -> None:
    """Refuse masks whose values between classes are no class ids.

    Args:
        survey: of the masks.
        place: the folder of the masks.

    Raises:
        CalibrateError: the files are JPEG, which changes values, or edges are smoothed.
    """
    soft = survey.looks_like_soft_edges()
    if not soft and not (survey.lossy and len(survey.pixels) > 2):
        return
    between = len(set(survey.pixels) - {0, 255})
    cause = "JPEG files, which change values at edges" if survey.lossy else "smoothed at edges"
    two = "set threshold: 128, ignore: null (values from 128 on are class 1), or " if soft else ""
    raise CalibrateError(
        f"the masks are {cause}: {between} values between 0 and 255 are no class ids",
        shown(place),
        f"{two}save the masks as PNG with one value a class",
    )


def check_ignored(survey: MaskSurvey, ignore: int | None, place: Path, *, stated: bool) -> None:
    """Refuse an ignored id that is a class; state how many pixels it leaves out otherwise.

    Args:
        survey: of the masks, ids as the model's classes.
        ignore: the id that does not count.
        place: the folder of the masks.
        stated: whether the config states the id; the default 255 is checked for grey levels too.

    Raises:
        CalibrateError: without the ignored pixels one class or none is left, or the ids are grey
            levels of which 255 is one.
    """
    if ignore is None or not survey.pixels.get(ignore):
        return
    others = sorted(set(survey.pixels) - {ignore})
    share = f"{survey.share(ignore):.1%} of the pixels in {survey.masks} of {survey.total} masks"
    if len(others) < 2 or (not stated and survey.looks_like_grey_levels()):
        left = f"only {others[0]} is left" if len(others) == 1 else f"{others} are left"
        raise CalibrateError(
            f"the id {ignore} is ignored by `ignore: {ignore}`{'' if stated else ' (the default)'} "
            f"and looks like a class: it holds {share}, and {left if others else 'none is left'}",
            shown(place),
            _hint(survey, ignore),
        )
    if not stated:
        LOGGER.warning("%s: the id %d is ignored by default: %s", shown(place), ignore, share)


def _hint(survey: MaskSurvey, ignore: int) -> str:
    numbers = {value: i for i, value in enumerate(sorted(survey.pixels)) if value != i}
    text = ", ".join(f"{value}: {i}" for value, i in numbers.items())
    mapped = f"label_map: {{{text}}}, " if numbers else ""
    return f"set {mapped}ignore: null if {ignore} is a class; state `ignore` if it is not"
