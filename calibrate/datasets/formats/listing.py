"""Look up entries by name: ids of a list, images of a folder, partners by stem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from calibrate.core.text import shown
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.images import ENDINGS
from calibrate.datasets.formats.paths import list_files
from calibrate.errors import CalibrateError


def listed_ids(lines: Iterable[str], place: str, problems: list[CalibrateError]) -> list[str]:
    """Return the ids of a list with one per line; blank lines are left out.

    Args:
        lines: of the list.
        place: the list's file, for messages.
        problems: gets an entry for each id that is listed twice.
    """
    first: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        name = line.strip()
        if not name:
            continue
        if name in first:
            problems.append(
                CalibrateError(
                    f"'{shown(name)}' is listed twice, first in line {first[name]}",
                    f"{place}:{number}",
                )
            )
            continue
        first[name] = number
    if not first:
        problems.append(CalibrateError("the list is empty", place))
    return list(first)


def stem_of(name: str) -> str:
    """Return a file's relative name without its ending: `street/0012` for `street/0012.jpg`."""
    return PurePosixPath(name).with_suffix("").as_posix()


def images_by_stem(folder: Path, endings: Sequence[str] = ENDINGS) -> dict[str, tuple[str, ...]]:
    """Return the names of the images below a folder, by their stems, in the order of their names.

    Raises:
        CalibrateError: the folder cannot be read, or no image is in it.
    """
    names: dict[str, tuple[str, ...]] = {}
    for name in list_files(folder, endings):
        stem = stem_of(name)
        names[stem] = (*names.get(stem, ()), name)
    if not names:
        raise CalibrateError(
            "no image is in this folder", shown(folder), f"known endings: {' '.join(endings)}"
        )
    return names


def one_each(
    images: Mapping[str, Sequence[str]], folder: Path, problems: list[CalibrateError]
) -> dict[str, str]:
    """Return the only image of each stem.

    Args:
        images: as `images_by_stem` gives them.
        folder: where they are, for messages.
        problems: gets an entry for each stem with several images, because partners (labels,
            masks) are matched by stem.
    """
    problems.extend(
        CalibrateError(
            f"images differ in their ending only: {', '.join(map(shown, names))}",
            shown(folder),
            "keep one of them",
        )
        for names in images.values()
        if len(names) > 1
    )
    return {stem: names[0] for stem, names in images.items()}


@dataclass(frozen=True, slots=True)
class Affix:
    """Text around the part of a file's stem that partners have in common.

    Attributes:
        prefix: before it, in the last part of the path.
        suffix: after it.
    """

    prefix: str = ""
    suffix: str = ""

    def key(self, stem: str) -> str | None:
        """Return the common part of a stem with its folder, or None for a stem of another kind."""
        path = PurePosixPath(stem)
        name = path.name
        if not (name.startswith(self.prefix) and name.endswith(self.suffix)):
            return None
        core = name[len(self.prefix) : len(name) - len(self.suffix)]
        return (path.parent / core).as_posix() if core else None


def paired(
    images: tuple[Path, Affix], targets: tuple[Path, Affix], *, wanted: str
) -> list[tuple[str, str]]:
    """Return names of images with those of their targets, in the order of the images' names.

    Args:
        images: their folder, and the text around the common part of their names.
        targets: the same of the masks or target images.
        wanted: what a target is, for messages: `mask`, `target image`.

    Raises:
        CalibrateError: a folder cannot be read or has no such file, an image has no target, or
            two files have one common part.
    """
    problems: list[CalibrateError] = []
    inputs = _by_key(*images, problems)
    partners = _by_key(*targets, problems)
    problems.extend(
        CalibrateError(f"there is no {wanted} for '{shown(name)}'", shown(targets[0]))
        for key, name in inputs.items()
        if key not in partners
    )
    raise_problems(problems)
    return [(name, partners[key]) for key, name in inputs.items()]


def _by_key(folder: Path, affix: Affix, problems: list[CalibrateError]) -> dict[str, str]:
    stems = images_by_stem(folder)
    keys = {key: names for stem, names in stems.items() if (key := affix.key(stem)) is not None}
    if not keys:
        message = f"no image's name has the form {affix.prefix}*{affix.suffix}"
        problems.append(CalibrateError(message, shown(folder)))
    return one_each(keys, folder, problems)
