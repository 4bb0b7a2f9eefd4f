"""Every built-in step passes the check that plugin authors are given."""

from pathlib import Path

import numpy as np
import pytest

from calibrate.plugins import STEPS, load
from calibrate.testing.steps import check_step

CASES = [
    ("bgr_to_rgb", {}),
    ("crop", {"size": 20}),
    ("crop", {"central_fraction": 0.8}),
    ("dtype", {"to": "float32"}),
    ("grayscale", {}),
    ("grayscale", {"y_of_ycbcr": "studio"}),
    ("layout", {"order": "HWC->CHW"}),
    ("letterbox", {"size": 64}),
    ("normalization", {"preset": "imagenet"}),
    ("normalization", {"mean": [1, 2, 3], "std": 4}),
    ("padding", {"stride": 32}),
    ("padding", {"size": 64, "pad_mode": "reflect"}),
    ("resize", {"size": 24}),
    ("resize", {"shorter_side": 24, "antialias": False}),
    ("rgb_to_bgr", {}),
    ("window", {"bits": 12}),
    ("window", {"center": 40, "width": 400, "to": (0, 1)}),
]


def test_no_step_is_left_out():
    # These take text, waveforms and lists of token ids; their own tests hold them.
    others = {"tokenize", "mel_spectrogram", "pad_tokens"}
    assert {name for name, _ in CASES} == set(STEPS) - others


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(("name", "fields"), CASES)
def test_contract(of, photo, name, fields, dtype):
    step = load("steps", name, folder=Path())(**fields)
    made = check_step(step, of(photo.astype(dtype)))
    assert made.data["other"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_described(name):
    component = load("steps", name, folder=Path())
    assert all(field.description for field in component.model_fields.values())
    assert f"type: {name}" in component.__doc__
