"""Entries that are found by their names: ids of a list, images of a folder, partners by stem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from calibrate.data.images import ENDINGS
from calibrate.data.paths import list_files, shown
from calibrate.errors import CalibrateError


def listed_ids(lines: Iterable[str], place: str, problems: list[CalibrateError]) -> list[str]:
    """Ids of a list with one a line; blank lines are left out.

    Args:
        lines: of the list.
        place: the list's file, for messages.
        problems: gets an entry for each id that stands in the list twice.
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
    """A file's relative name without its ending: `street/0012` for `street/0012.jpg`."""
    return PurePosixPath(name).with_suffix("").as_posix()


def images_by_stem(folder: Path, endings: Sequence[str] = ENDINGS) -> dict[str, tuple[str, ...]]:
    """Names of the images below a folder, by their stems, in the order of their names.

    Raises:
        CalibrateError: the folder cannot be read, or no image is in it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in list_files(folder, endings):
        stem = stem_of(name)
        found[stem] = (*found.get(stem, ()), name)
    if not found:
        raise CalibrateError(
            "no image is in this folder", shown(folder), f"known endings: {' '.join(endings)}"
        )
    return found


def one_each(
    images: Mapping[str, Sequence[str]], folder: Path, problems: list[CalibrateError]
) -> dict[str, str]:
    """The one image of each stem.

    Args:
        images: as `images_by_stem` gives them.
        folder: where they are, for messages.
        problems: gets an entry for each stem with several images, as partners (labels, masks)
            are found by it.
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
    """What stands around the part of a file's stem that partners have in common.

    Attributes:
        prefix: before it, in the last part of the path.
        suffix: after it.
    """

    prefix: str = ""
    suffix: str = ""

    def key(self, stem: str) -> str | None:
        """The common part of a stem with its folder, or None for a stem of another kind."""
        path = PurePosixPath(stem)
        name = path.name
        if not (name.startswith(self.prefix) and name.endswith(self.suffix)):
            return None
        core = name[len(self.prefix) : len(name) - len(self.suffix)]
        return (path.parent / core).as_posix() if core else None


def by_key(names: Mapping[str, str], affix: Affix) -> dict[str, str]:
    """File names by the part that partners have in common; names of another kind are left out."""
    keyed = ((affix.key(stem), name) for stem, name in names.items())
    return {key: name for key, name in keyed if key is not None}


def without_partner(
    keys: Iterable[str], others: Iterable[str], folder: Path, wanted: str
) -> list[CalibrateError]:
    """A problem for each key that has no partner.

    Args:
        keys: of the files that need a partner.
        others: keys of the partners there are.
        folder: where the partners should be.
        wanted: what they are: `mask`, `target image`.
    """
    known = set(others)
    return [
        CalibrateError(f"there is no {wanted} for '{shown(key)}'", shown(folder))
        for key in keys
        if key not in known
    ]
