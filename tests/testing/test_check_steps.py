"""The check of steps finds what breaks the contract."""

from dataclasses import replace

import numpy as np
import pytest

from calibrate.core.component import Component
from calibrate.core.sample import Geometry, Sample
from calibrate.testing.steps import check_step


class Good(Component):
    """Divide the image by a number."""

    by: float = 2.0
    """The number."""

    def __call__(self, sample):
        return sample.with_image(sample.image / self.by)


class Mutating(Good):
    """Change the image in place."""

    def __call__(self, sample):
        sample.image[0] = 0
        return sample


class Forgetful(Good):
    """Crop and forget the geometry."""

    def __call__(self, sample):
        return sample.with_image(sample.image[1:])


class Renaming(Good):
    """Give the sample another id."""

    def __call__(self, sample):
        return replace(sample, id="other")


class Infinite(Good):
    """Make numbers that are none."""

    def __call__(self, sample):
        return sample.with_image(np.full(sample.image.shape, np.nan))


class Moody(Good):
    """Give something else each time."""

    def __call__(self, sample):
        return sample.with_image(np.random.default_rng().random(sample.image.shape))


class Undescribed(Good):
    """Have a parameter that nobody knows."""

    to: int = 3


@pytest.fixture
def sample():
    pixels = np.full((4, 5, 3), 9, np.uint8)
    return Sample("a", {"image": pixels}, None, Geometry(4, 5, 4, 5))


def test_good(sample):
    assert check_step(Good(by=3), sample).image[0, 0, 0] == 3


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Mutating(), "leaves the given sample alone"),
        (Forgetful(), r"the geometry says \(4, 5\) and the image is \(3, 5, 3\)"),
        (Renaming(), "keeps the sample's id"),
        (Infinite(), "finite numbers"),
        (Moody(), "gives the same for the same sample"),
        (Undescribed(), "Undescribed.to has no docstring"),
        (lambda sample: sample, "not derived from"),
    ],
)
def test_broken(sample, step, message):
    with pytest.raises(AssertionError, match=message):
        check_step(step, sample)
