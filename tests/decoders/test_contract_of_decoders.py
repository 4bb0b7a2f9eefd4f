"""Every built-in decoder without boxes passes the check that plugin authors are given."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, softmax

from calibrate.core.sample import Facts, Geometry
from calibrate.plugins import load
from calibrate.testing.decoders import check_decoder, noisy

FACTS = Facts("7", geometry=Geometry(80, 120, 80, 120).resized(40, 60), source="images/7.jpg")
NORMAL = np.random.default_rng(0).normal(size=(6, 40, 60)).astype(np.float32)
SCORES = NORMAL[0, 0]

CASES = [
    ("classification", {}, SCORES, None),
    ("classification", {"background_offset": 1}, SCORES, None),
    ("classification", {}, softmax(SCORES), softmax(SCORES * 1.01)),
    ("multilabel", {}, SCORES, None),
    ("multilabel", {"probabilities": True}, expit(SCORES), expit(SCORES * 1.01)),
    ("raw", {}, NORMAL, None),
    ("raw", {}, np.arange(60), None),
    ("regression", {}, SCORES, None),
    ("regression", {"unit": 2}, SCORES, None),
    ("segmentation", {}, NORMAL, None),
    ("segmentation", {"resize_to": "mask"}, NORMAL[:, ::4, ::4], None),
    ("segmentation", {}, NORMAL.argmax(axis=0), None),
    ("segmentation", {"threshold": 0}, NORMAL[:1], None),
    ("super_resolution", {}, NORMAL[:3], None),
    ("token_scores", {}, NORMAL[0], None),
]


@pytest.mark.parametrize(("name", "fields", "values", "changed"), CASES)
def test_contract(name, fields, values, changed):
    decoder = load("decoders", name, folder=Path())(**fields)
    worse = None if changed is None else {"out": changed}
    check_decoder(decoder, {"out": values}, FACTS, changed=worse)


# Noise makes no probabilities of probabilities.
@pytest.mark.parametrize(
    ("name", "fields", "values"), [case[:3] for case in CASES if case[3] is None]
)
def test_more_noise_is_further_away(name, fields, values):
    decoder = load("decoders", name, folder=Path())(**fields)
    signature = decoder.signature({"out": values})
    result = [
        decoder.divergence(signature, noisy({"out": values}, amount))
        for amount in (0.01, 0.05, 0.25)
    ]
    assert result == sorted(result)
    assert result[-1] > 0


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_described(name):
    component = load("decoders", name, folder=Path())
    assert all(field.description for field in component.model_fields.values())
    assert f"type: {name}" in component.__doc__
