"""Assign the model's outputs to the parts that a decoder of several outputs reads."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

Pattern = tuple[int | None, ...]
"""Dimensions of one sample's output; None fits any."""


@dataclass(frozen=True, slots=True)
class Role:
    """A part that one output plays.

    Attributes:
        part: contents of the output, for messages: `boxes`.
        parameter: the decoder's parameter that names the output: `boxes_out`.
        named: the name given there, or None to find it by its shape.
        patterns: shapes that can play the part.
        words: parts of an output's name that decide between several of the same shape.
    """

    part: str
    parameter: str
    named: str | None
    patterns: tuple[Pattern, ...]
    words: tuple[str, ...] = ()


def fits(shape: Shape, pattern: Pattern) -> bool:
    """Return whether a shape (no batch, -1 dynamic) fits a pattern, leading ones left out."""
    core = core_shape(shape, len(pattern))
    return len(core) == len(pattern) and all(
        want is None or side in (want, -1) for side, want in zip(core, pattern, strict=True)
    )


def fits_any(shape: Shape, patterns: Sequence[Pattern]) -> bool:
    """Return whether a shape is of one of the patterns."""
    return any(fits(shape, pattern) for pattern in patterns)


def core_shape(shape: Shape, rank: int) -> Shape:
    """Return the shape reduced to `rank` by dropping leading dimensions of 1."""
    while len(shape) > rank and shape[0] == 1:
        shape = shape[1:]
    return tuple(shape)


def assign(shapes: Mapping[str, Shape], roles: Sequence[Role]) -> dict[str, str]:
    """Return the output of each part, by part.

    Named outputs are taken as named; of the others, a part takes the only output of its shape
    that no other part has taken, or the only one of them whose name has a word of the part.

    Args:
        shapes: of the outputs of one sample, by name.
        roles: the parts.

    Raises:
        CalibrateError: a named output does not exist or has another shape, no output has the
            shape of a part, or several have it.
    """
    assigned = {role.part: _named(shapes, role, role.named) for role in roles if role.named}
    open_roles = [role for role in roles if role.part not in assigned]
    while open_roles:
        choices = [(role, _fitting(shapes, role, set(assigned.values()))) for role in open_roles]
        role, names = min(choices, key=lambda choice: len(choice[1]))
        if len(names) != 1:
            raise _unclear(role, names, shapes)
        assigned[role.part] = names[0]
        open_roles.remove(role)
    return assigned


def _named(shapes: Mapping[str, Shape], role: Role, name: str) -> str:
    if name not in shapes:
        near = difflib.get_close_matches(name, shapes, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"its outputs: {_listed(shapes)}"
        raise CalibrateError(f"the model has no output '{name}'", where=role.parameter, hint=hint)
    if not fits_any(shapes[name], role.patterns):
        raise CalibrateError(
            f"output '{name}' of shape {list(shapes[name])} cannot be the {role.part}, "
            f"which are {_wanted(role)}",
            where=role.parameter,
        )
    return name


def _fitting(shapes: Mapping[str, Shape], role: Role, taken: set[str]) -> list[str]:
    names = [
        name
        for name, shape in shapes.items()
        if name not in taken and fits_any(shape, role.patterns)
    ]
    named_alike = [name for name in names if any(word in name.lower() for word in role.words)]
    return named_alike if len(named_alike) == 1 else names


def _unclear(role: Role, names: Sequence[str], shapes: Mapping[str, Shape]) -> CalibrateError:
    if names:
        several = " and ".join(f"'{name}'" for name in names)
        return CalibrateError(
            f"outputs {several} could each be the {role.part}",
            hint=f"say which by {role.parameter}",
        )
    return CalibrateError(
        f"no output can be the {role.part}, which are {_wanted(role)}",
        hint=f"the model's outputs without the batch: {_listed(shapes)}",
    )


def _wanted(role: Role) -> str:
    written = [
        "[" + ", ".join("*" if side is None else str(side) for side in pattern) + "]"
        for pattern in role.patterns
    ]
    return " or ".join(written)


def _listed(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"'{name}' {list(shape)}" for name, shape in shapes.items()) or "none"
