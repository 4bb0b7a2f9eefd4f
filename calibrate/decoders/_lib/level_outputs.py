"""Finding the heads of a detector that has one a level, and rows that join the levels."""

from collections.abc import Mapping, Sequence

from calibrate.decoders._lib.heads import Floats
from calibrate.decoders._lib.output_roles import Pattern, Role, assign, core_shape, fits_any
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError


def level_roles(
    shapes: Mapping[str, Shape],
    patterns: Sequence[tuple[Pattern, ...]],
    named: Sequence[str] | None,
    strides: Sequence[int],
    part: str = "level",
) -> dict[str, str]:
    """The head of each level, as `level 0` for the first stride and so on.

    Args:
        shapes: of the outputs of one sample.
        patterns: what the head of each level can look like.
        named: the heads in the order of the strides; None: found by shape, and ordered by the
            size of their grids.
        strides: pixels a cell of each level.
        part: what the parts are called.

    Raises:
        CalibrateError: there are not as many heads as strides, or one cannot be a head.
    """
    if named is None:
        every = [pattern for level in patterns for pattern in level]
        heads = [name for name, shape in shapes.items() if fits_any(shape, every)]
        if len(heads) != len(strides):
            raise _wrong_count(heads, shapes, strides, every)
        coarse_first = sorted(strides, reverse=True) == list(strides) and len(strides) > 1
        named = sorted(heads, key=lambda name: _cells(shapes[name]), reverse=not coarse_first)
    elif len(named) != len(strides):
        raise CalibrateError(
            f"{len(strides)} strides need as many outputs, and {len(named)} are named",
            where="outputs",
        )
    roles = [
        Role(f"{part} {level}", "outputs", name, patterns[level])
        for level, name in enumerate(named)
    ]
    return assign(shapes, roles)


def joined_rows(values: Floats, channels: int) -> Floats:
    """Rows [N, channels] or [channels, N] as [N, channels]."""
    values = values.reshape(core_shape(values.shape, 2))
    # A square array is read as rows.
    return values if values.shape[1] == channels else values.T


def _cells(shape: Shape) -> int:
    """A number that grows with the grid; heads of one model have the same channels."""
    size = 1
    for side in shape:
        size *= max(1, side)
    return size


def _wrong_count(
    heads: Sequence[str],
    shapes: Mapping[str, Shape],
    strides: Sequence[int],
    patterns: Sequence[Pattern],
) -> CalibrateError:
    wanted = " or ".join(
        str(["*" if side is None else side for side in pattern]).replace("'", "")
        for pattern in dict.fromkeys(patterns)
    )
    listed = ", ".join(f"'{name}' {list(shape)}" for name, shape in shapes.items()) or "none"
    return CalibrateError(
        f"strides {list(strides)} need {len(strides)} heads of {wanted}, "
        f"and {len(heads)} outputs are such",
        hint=f"check `classes` and `strides`; the model's outputs without the batch: {listed}",
    )
