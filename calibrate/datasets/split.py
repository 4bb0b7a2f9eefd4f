"""Split images into a search and an acceptance set: seeded, stratified, disjoint by content."""

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)

_LARGEST_GROUP = 0.25
"""Share of the samples that one group may have and still stay in one set."""

Stratum = int | str | None


@dataclass(frozen=True, slots=True)
class Split:
    """Indices into the list of images, ascending; no content is on both sides.

    Attributes:
        search: images for the search (and calibration).
        acceptance: images of the hold-out set, evaluated once.
    """

    search: tuple[int, ...]
    acceptance: tuple[int, ...]


def split(
    digests: Sequence[str], strata: Sequence[Stratum], *, acceptance: float, seed: int
) -> Split:
    """Divide the images into search and acceptance set.

    Each class contributes its share, rounded up or down so that the whole set has it exactly;
    with one image per class, the classes are divided. Equal images stay together. The order of the
    list does not matter, only contents, classes and seed.

    Args:
        digests: of each image's content.
        strata: of each image, for instance its class; None where unknown.
        acceptance: share of the distinct images in the acceptance set, 0-1.
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


def kept_together(digests: Sequence[str], groups: Sequence[str]) -> Sequence[str]:
    """Return a name for each sample, equal for samples of one content or one group.

    Groups of more than a quarter of the samples would make the sets too unequal: then contents
    alone stay together, and a warning says so.

    Args:
        digests: of each sample's content.
        groups: of each sample; empty for samples of none.
    """
    if not any(groups):
        return digests
    nodes = {node: at for at, node in enumerate(dict.fromkeys([*digests, *map(_node, groups)]))}
    ends = [
        (nodes[digest], nodes[_node(group)])
        for digest, group in zip(digests, groups, strict=True)
        if group
    ]
    graph = coo_array((np.ones(len(ends)), np.array(ends).T), shape=(len(nodes), len(nodes)))
    _, component = connected_components(graph, directed=False)
    components = [int(component[nodes[digest]]) for digest in digests]
    _, largest = Counter(components).most_common(1)[0]
    if largest > _LARGEST_GROUP * len(digests):
        LOGGER.warning(
            "pairs connect %d of the %d samples, so they are divided among the sets of the split; "
            "pairs across sets do not count",
            largest,
            len(digests),
        )
        return digests
    least: dict[int, str] = {}
    for key, digest in zip(components, digests, strict=True):
        least[key] = min(least.get(key, digest), digest)
    return [least[key] for key in components]


def _node(group: str) -> str:
    return f"group {group}"


def subsample(
    names: Sequence[str], strata: Sequence[Stratum], size: int, *, seed: int
) -> tuple[int, ...]:
    """Draw `size` indices, each class in proportion, in random order; all where there are no more.

    Draw and order depend on names, classes and seed, not on the order of the list: a list sorted
    by class begins with a few classes, and code that reads only the first images would miss the
    others.

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
    """Return names in an order that depends only on them and the seed."""
    return sorted(names, key=lambda name: (_draw(seed, f"order {name}"), name))


def _ordered(
    digests: Sequence[str], strata: Sequence[Stratum], seed: int
) -> tuple[list[str], Mapping[str, list[int]]]:
    """Return distinct digests, grouped by class, in seeded order; and the indices of each.

    Equal images with several classes count for the class that is first by name, so that the
    result does not depend on the order of the list.
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
    """Draw systematically `seats` of `count` positions, equally far apart, from a seeded start."""
    start = _draw(seed, "start") % max(count, 1)
    return [
        position
        for position in range(count)
        if ((position + 1) * seats + start) // count > (position * seats + start) // count
    ]


def _draw(seed: int, text: str) -> int:
    """Return a random number that depends only on seed and text, not on a library."""
    digest = hashlib.blake2b(f"{seed}:{text}".encode(errors="surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), "big")
