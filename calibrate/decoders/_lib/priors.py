"""Read SSD's prior boxes from a file, or compute them as the PriorBox operation does."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.boxes import Boxes
from calibrate.core.component import Component
from calibrate.errors import CalibrateError

Floats = NDArray[np.float32]


class PriorLayer(Component):
    """The priors of one feature map, with the parameters of the PriorBox operation.

    Example:
        {grid: [19, 19], min_size: 60, max_size: 105, aspect_ratios: [2, 3], step: 16}
    """

    grid: tuple[int, int]
    """Height and width of the feature map."""
    min_size: float = Field(gt=0)
    """Side of the smaller square, pixels of the input."""
    max_size: float | None = Field(default=None, gt=0)
    """With it there is a square of side sqrt(min_size * max_size) too."""
    aspect_ratios: tuple[float, ...] = ()
    """Width by height of further boxes with the area of the smaller square."""
    flip: bool = True
    """Whether each aspect ratio comes with its inverse."""
    step: float | tuple[float, float] | None = None
    """Pixels a cell (height, width where they differ); input size by grid by default."""
    offset: float = 0.5
    """Where in its cell a prior has its centre."""

    def shapes(self) -> Floats:
        """Return width and height of a cell's priors in pixels, [K, 2], in the order of Caffe."""
        sides = [(self.min_size, self.min_size)]
        if self.max_size is not None:
            between = (self.min_size * self.max_size) ** 0.5
            sides.append((between, between))
        ratios = [
            value
            for ratio in self.aspect_ratios
            for value in ((ratio, 1 / ratio) if self.flip else (ratio,))
            if abs(value - 1) > 1e-6
        ]
        sides.extend((self.min_size * value**0.5, self.min_size / value**0.5) for value in ratios)
        return np.array(sides, np.float32)

    def boxes(self, height: int, width: int) -> Boxes:
        """Return the map's priors, cell by cell, [N, 4] in 0-1 of an input of height x width."""
        rows, columns = self.grid
        step = (height / rows, width / columns) if self.step is None else self.step
        step_y, step_x = step if isinstance(step, tuple) else (step, step)
        places = np.mgrid[:rows, :columns].reshape(2, -1).T.astype(np.float32) + self.offset
        centres = places[:, None, ::-1] * np.array([step_x, step_y], np.float32)
        half = self.shapes()[None] / 2
        corners = np.concatenate([centres - half, centres + half], axis=2).reshape(-1, 4)
        scaled: Boxes = np.asarray(corners / np.array([width, height, width, height]), np.float32)
        return scaled


def generated(layers: Iterable[PriorLayer], height: int, width: int, *, clip: bool) -> Boxes:
    """Return the priors of all feature maps, [N, 4] in 0-1, clipped to the input if `clip`."""
    boxes = np.concatenate([layer.boxes(height, width) for layer in layers])
    return np.clip(boxes, 0, 1) if clip else boxes


def split(priors: Floats, where: str) -> tuple[Boxes, Floats | None]:
    """Split priors into boxes [N, 4] and variances [N, 4], None where the array has none.

    Args:
        priors: [2, 4 N] as PriorBox gives them, [N, 8] or [N, 4].
        where: what they were read from, for messages.

    Raises:
        CalibrateError: the array has another shape.
    """
    values = priors.astype(np.float32)
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    if values.ndim == 2 and values.shape[0] == 2 and values.shape[1] % 4 == 0:
        return values[0].reshape(-1, 4), values[1].reshape(-1, 4)
    if values.ndim == 2 and values.shape[1] == 8:
        return values[:, :4], values[:, 4:]
    if values.ndim == 2 and values.shape[1] == 4:
        return values, None
    raise CalibrateError(
        f"priors of shape {list(priors.shape)} are none of [2, 4 N], [N, 8] and [N, 4]", where
    )


def load(path: Path) -> tuple[Boxes, Floats | None]:
    """Load boxes and variances from a `.npy` file.

    Raises:
        CalibrateError: it cannot be read, or contains no priors.
    """
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CalibrateError(
            f"the priors cannot be read ({error})", str(path), "write them by numpy.save"
        ) from error
    if not isinstance(values, np.ndarray) or values.dtype.kind != "f":
        raise CalibrateError("the file contains no array of floats", str(path))
    if not np.isfinite(values).all():
        raise CalibrateError("some of the priors are no finite numbers", str(path))
    return split(values, str(path))
