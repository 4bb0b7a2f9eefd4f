"""Named entities in a sequence of tags such as B-PER, I-PER, O.

The rules are conlleval's, as seqeval has them: an entity also begins at an I without a B before.
"""

from collections.abc import Sequence

Entity = tuple[str, int, int]
"""Type, first and last position."""

OUTSIDE = ("O", ".")


def entities(tags: Sequence[str]) -> set[Entity]:
    """Return the entities of a sequence."""
    result: set[Entity] = set()
    previous, kind, begin = "O", "", 0
    for place, tag in enumerate([*tags, "O"]):
        prefix, present = _parts(tag)
        if _ends(previous, prefix, is_same=kind == present):
            result.add((kind, begin, place - 1))
        if _begins(previous, prefix, is_same=kind == present):
            begin = place
        previous, kind = prefix, present
    return result


def types_of(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the types of entities that tags name, sorted."""
    parts = [_parts(tag) for tag in tags]
    return tuple(sorted({kind for prefix, kind in parts if prefix not in OUTSIDE}))


def _parts(tag: str) -> tuple[str, str]:
    """Return the letter of a tag and its type; `_` where it has none."""
    return tag[:1], tag[1:].split("-", maxsplit=1)[-1] or "_"


def _ends(previous: str, prefix: str, *, is_same: bool) -> bool:
    """Return whether an entity ends before this tag."""
    if previous in ("E", "S"):
        return True
    if previous in ("B", "I") and prefix in ("B", "S", "O"):
        return True
    return previous not in OUTSIDE and not is_same


def _begins(previous: str, prefix: str, *, is_same: bool) -> bool:
    """Return whether an entity begins at this tag."""
    if prefix in ("B", "S"):
        return True
    if previous in ("E", "S", "O") and prefix in ("E", "I"):
        return True
    return prefix not in OUTSIDE and not is_same
