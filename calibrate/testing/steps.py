"""The contract of preprocessing steps, for tests of built-in and user-defined ones."""

import numpy as np

from calibrate.core.component import Step
from calibrate.core.sample import IMAGE, Sample
from calibrate.testing.require import require, require_component, same


def check_step(step: Step, sample: Sample) -> Sample:
    """Check a step against its contract on one sample.

    Args:
        step: the component.
        sample: a valid input of the step.

    Returns:
        The step's output, for further checks by the caller.

    Raises:
        AssertionError: with what the contract asks for.
    """
    require_component(step)
    before = {key: array.copy() for key, array in sample.data.items()}
    made = step(sample)
    require(isinstance(made, Sample), "a step returns a Sample")
    require(
        set(before) == set(sample.data)
        and all(same(before[key], sample.data[key]) for key in before),
        "a step leaves the given sample alone: it is shared between threads and cached",
    )
    require(made.id == sample.id, "a step keeps the sample's id")
    require(made.annotation is sample.annotation, "a step leaves the annotation as it is")
    for key, array in made.data.items():
        require(isinstance(array, np.ndarray), f"data['{key}'] is a numpy array")
        require(array.dtype.kind in "biuf", f"data['{key}'] holds numbers, not {array.dtype}")
        finite = array.dtype.kind != "f" or bool(np.isfinite(array).all())
        require(finite, f"data['{key}'] holds finite numbers")
    again = step(sample)
    require(
        set(again.data) == set(made.data)
        and all(same(again.data[key], made.data[key]) for key in made.data),
        "a step gives the same for the same sample, so that measurements can be kept",
    )
    _check_geometry(made)
    return made


def _check_geometry(made: Sample) -> None:
    if made.geometry is None or made.image.ndim != 3:
        return
    sides = (made.geometry.height, made.geometry.width)
    shape = made.data[IMAGE].shape
    # Channels are first or last.
    require(
        sides in (shape[:2], shape[1:]),
        f"the geometry says {sides} and the image is {shape}: return both with "
        "sample.with_image(pixels, geometry), or boxes will be misplaced",
    )
