"""Which images judge and which choose: seeded, stratified, disjoint by content."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibrate.errors import CalibrateError

Stratum = int | str | None


@dataclass(frozen=True, slots=True)
class Split:
    """Indices into the list of images, ascending; no content stands on both sides.

    Attributes:
        search: images that choose (and may calibrate).
        acceptance: images that judge, once.
    """

    search: tuple[int, ...]
    acceptance: tuple[int, ...]


def split(
    digests: Sequence[str], strata: Sequence[Stratum], *, acceptance: float, seed: int
) -> Split:
    """Divide the images into those that choose and those that judge.

    Each class gives its share, rounded up or down such that the whole has it exactly; with one
    image a class, the classes are divided. Equal images stay together. The order of the list
    does not matter, only contents, classes and seed.

    Args:
        digests: of each image's content.
        strata: of each image, for instance its class; None where unknown.
        acceptance: share of the distinct images that judge, 0-1.
        seed: of the draw.

    Raises:
        CalibrateError: fewer than two distinct images.
    """
    order, members = _ordered(digests, strata, seed)
    if len(order) < 2:
        raise CalibrateError(
            f"{len(order)} distinct image{'' if len(order) == 1 else 's'} among {len(digests)}:"
            " too few to choose on some and judge on others",
            where="split.acceptance",
            hint="add images; a few hundred that differ are needed for a verdict",
        )
    seats = min(max(round(acceptance * len(order)), 1), len(order) - 1)
    chosen = set(_spread(len(order), seats, seed))
    sides: tuple[list[int], list[int]] = ([], [])
    for position, digest in enumerate(order):
        sides[position in chosen].extend(members[digest])
    return Split(search=tuple(sorted(sides[0])), acceptance=tuple(sorted(sides[1])))


def subsample(
    names: Sequence[str], strata: Sequence[Stratum], size: int, *, seed: int
) -> tuple[int, ...]:
    """Draw `size` indices, each class in proportion, in random order; all where there are no more.

    Draw and order hang on names, classes and seed, not on the order of the list: a list sorted by
    class begins with a few classes, and what looks at the first images only would see no others.

    Args:
        names: of each image, for instance its content's digest; of equal ones the first is drawn.
        strata: of each image, for instance its class; None where unknown.
        size: how many.
        seed: of the draw.

    Raises:
        CalibrateError: `size` is less than one.
    """
    if size < 1:
        raise CalibrateError(f"a draw of {size} images", hint="draw at least one")
    order, members = _ordered(names, strata, seed)
    drawn = [order[position] for position in _spread(len(order), min(size, len(order)), seed)]
    return tuple(members[name][0] for name in in_random_order(drawn, seed))


def in_random_order(names: Sequence[str], seed: int) -> list[str]:
    """Names in an order that depends on them and the seed alone."""
    return sorted(names, key=lambda name: (_draw(seed, f"order {name}"), name))


def _ordered(
    digests: Sequence[str], strata: Sequence[Stratum], seed: int
) -> tuple[list[str], Mapping[str, list[int]]]:
    """Distinct digests, classes together, both in seeded order; and the indices of each.

    Equal images with several classes count for the one that comes first by name, so that the
    order of the list does not decide.
    """
    members: dict[str, list[int]] = {}
    classes: dict[str, str] = {}
    for index, (digest, stratum) in enumerate(zip(digests, strata, strict=True)):
        members.setdefault(digest, []).append(index)
        classes[digest] = min(classes.get(digest, repr(stratum)), repr(stratum))
    return sorted(
        members, key=lambda digest: (_draw(seed, classes[digest]), _draw(seed, digest), digest)
    ), members


def _spread(count: int, seats: int, seed: int) -> list[int]:
    """Systematic draw: `seats` of `count` positions, equally far apart, from a seeded start."""
    start = _draw(seed, "start") % max(count, 1)
    return [
        position
        for position in range(count)
        if ((position + 1) * seats + start) // count > (position * seats + start) // count
    ]


def _draw(seed: int, text: str) -> int:
    """A random number that depends on seed and text alone, on no library's generator."""
    digest = hashlib.blake2b(f"{seed}:{text}".encode(errors="surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), "big")
