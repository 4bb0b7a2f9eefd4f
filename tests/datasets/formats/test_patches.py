import numpy as np
import pytest

from calibrate.datasets.formats.patches import Patch, cut, first_covered, patches


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((4, 4, 4), (4, 4, 4), [Patch((0, 0, 0), (0, 0, 0))]),
        ((2, 4, 4), (4, 4, 4), [Patch((0, 0, 0), (0, 0, 0))]),
        ((5, 4, 4), (3, 4, 4), [Patch((0, 0, 0), (0, 0, 0)), Patch((2, 0, 0), (1, 0, 0))]),
    ],
)
def test_starts(shape, size, expected):
    assert patches(shape, size) == expected


@pytest.mark.parametrize("shape", [(5, 7, 3), (1, 2, 9), (4, 4, 4)])
def test_every_voxel_is_first_covered_once(shape):
    size = (2, 4, 3)
    volume = np.arange(np.prod(shape)).reshape(shape)
    counted = np.zeros(volume.size, np.int64)
    for patch in patches(shape, size):
        values = cut(volume, patch, size, fill=-1)[first_covered(patch, size)]
        np.add.at(counted, values[values >= 0], 1)
    assert (counted == 1).all()
