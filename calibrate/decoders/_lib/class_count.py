"""How many classes a detector tells apart, from the shapes of its outputs."""

from collections.abc import Iterable, Mapping

from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError


def without_ones(shape: Shape) -> Shape:
    """The shape without dimensions of 1 in front."""
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return tuple(shape)


def row_channels(shape: Shape) -> int | None:
    """Numbers a box of rows [N, channels] or [channels, N]: the smaller dimension that is known.

    A detector has more boxes than numbers a box; None for other shapes.
    """
    core = without_ones(shape)
    known = [side for side in core if side > 0]
    return min(known) if len(core) == 2 and known else None  # rows, columns


def grid_channels(shapes: Iterable[Shape]) -> int | None:
    """Channels that heads [channels, H, W] or [H, W, channels] of several levels have in common."""
    cores = [without_ones(shape) for shape in shapes]
    if not cores or any(len(core) != 3 for core in cores):  # with two of space
        return None
    if len(cores) == 1:
        first, second, third = cores[0]
        if second == third:
            return first
        return third if first == second else None
    common = [position for position in (0, 2) if len({core[position] for core in cores}) == 1]
    return cores[0][common[0]] if len(common) == 1 else None


def known_classes(count: int | None, shapes: Mapping[str, Shape]) -> int:
    """The count as it was found.

    Raises:
        CalibrateError: there is none, or it leaves no class.
    """
    if count is None or count < 1:
        listed = ", ".join(f"'{name}' {list(shape)}" for name, shape in shapes.items()) or "none"
        raise CalibrateError(
            f"the outputs do not show how many classes the model tells apart: {listed}",
            hint="set `classes`, and `outputs` where the model has further outputs",
        )
    return count
