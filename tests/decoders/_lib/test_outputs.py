"""Picking an output, and refusing values that are no numbers."""

import numpy as np
import pytest

from calibrate.decoders._lib.outputs import pick, pick_shape
from calibrate.errors import CalibrateError

TWO = {"logits": np.ones(3), "boxes": np.array([0, np.inf, np.nan])}


@pytest.mark.parametrize(
    ("outputs", "name", "message"),
    [
        (TWO, None, "a.jpg: the model has 2 outputs: say which by `output` ('logits', 'boxes')"),
        (TWO, "logit", "a.jpg: the model has no output 'logit'; did you mean 'logits'?"),
        (TWO, "xyz", "a.jpg: the model has no output 'xyz'; its outputs: 'logits', 'boxes'"),
        (
            TWO,
            "boxes",
            (
                "a.jpg: output 'boxes' holds 2 of 3 values that are no finite numbers; "
                "look at the preprocessing first, then at the model"
            ),
        ),
        ({}, None, "a.jpg: the model has 0 outputs: say which by `output` (none)"),
    ],
)
def test_refused(outputs, name, message):
    with pytest.raises(CalibrateError) as caught:
        pick(outputs, name, "a.jpg")
    assert str(caught.value) == message


def test_picked():
    assert pick(TWO, "logits") == ("logits", TWO["logits"])
    assert pick({"ids": np.array([1])}, None)[0] == "ids"


def test_shapes():
    assert pick_shape({"a": (1, 3, -1)}, None) == ((3, -1), [])
    shape, problems = pick_shape({"a": (1, 3), "b": (1, 4)}, None)
    assert shape is None
    assert problems == ["the model has 2 outputs: say which by `output` ('a', 'b')"]
