"""What the tests of the steps share."""

from collections.abc import Callable

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.core.sample import Geometry, Sample

MakeSample = Callable[[np.ndarray], Sample]


@pytest.fixture
def of() -> MakeSample:
    """A sample of given pixels."""

    def make(pixels: np.ndarray) -> Sample:
        height, width = pixels.shape[:2]
        return Sample(
            id="a.png",
            data={"image": pixels, "other": np.arange(3)},
            annotation=ClassLabel(3),
            geometry=Geometry(height, width, height, width),
            source="images/a.png",
        )

    return make


@pytest.fixture
def photo() -> np.ndarray:
    """[37, 53, 3] uint8: smooth colours with some noise."""
    generator = np.random.default_rng(5)
    y, x = np.mgrid[0:37, 0:53]
    base = np.stack([x * 4, y * 6, (x + y) * 2], axis=2)
    return np.clip(base + generator.integers(0, 30, base.shape), 0, 255).astype(np.uint8)
