"""Decoder `segmentation`."""

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit, rel_entr, softmax

from calibrate.core.component import SCORES
from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.segmentation import Segmentation
from calibrate.errors import CalibrateError

FACTS = Facts("7", geometry=Geometry(40, 60, 40, 60).resized(8, 12), source="7.jpg")
MAP = np.random.default_rng(0).integers(0, 4, (8, 12))
ONE_HOT = np.eye(4, dtype=np.float32)[MAP]
SCORE = np.random.default_rng(1).normal(size=(8, 12)).astype(np.float32)


@pytest.mark.parametrize(
    ("fields", "values", "expected"),
    [
        ({}, MAP, MAP),
        ({}, MAP[None], MAP),
        ({}, MAP[:, :, None].astype(np.float32), MAP),
        ({}, ONE_HOT, MAP),
        ({}, ONE_HOT.transpose(2, 0, 1), MAP),
        ({}, ONE_HOT.transpose(2, 0, 1)[None], MAP),
        ({"layout": "HWC"}, ONE_HOT, MAP),
        ({"threshold": 0}, SCORE[None], SCORE > 0),
        ({"threshold": 0.5, "resize_to": "none"}, SCORE, SCORE > 0.5),
        ({"resize_to": "none"}, ONE_HOT[:5, :6], MAP[:5, :6]),
        ({"resize_to": "none"}, MAP[:4, :6], MAP[:4, :6]),
    ],
)
def test_predict(fields, values, expected):
    result = Segmentation(**fields).predict({"out": values}, FACTS).mask
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, expected)


def test_map_is_brought_to_the_input():
    result = Segmentation().predict({"out": MAP[:4, :6]}, FACTS).mask
    np.testing.assert_array_equal(result, MAP[:4, :6].repeat(2, axis=0).repeat(2, axis=1))


def test_map_is_brought_to_the_mask():
    result = Segmentation(resize_to="mask").predict({"out": MAP}, FACTS).mask
    expected = Image.fromarray(MAP.astype(np.uint8)).resize((60, 40), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(result, np.asarray(expected))


def test_logits_are_brought_to_the_mask_before_the_arg_max():
    left, right = np.array([[1.0, 0.0]]), np.array([[0.0, 3.0]])
    facts = Facts("7", geometry=Geometry(1, 8, 1, 8).resized(1, 2))
    prediction = Segmentation(resize_to="mask", layout="CHW").predict(
        {"out": np.stack([left, right])}, facts
    )
    # Equal at a quarter of the way from the first centre (at 2) to the second (at 6).
    assert prediction.mask.tolist() == [[0, 0, 0, 1, 1, 1, 1, 1]]


def test_divergence_of_logits_is_mean_kl():
    first, second = np.random.default_rng(0).normal(size=(2, 5, 20, 30))
    decoder = Segmentation(grid=100)
    divergences = decoder.divergence(decoder.signature({"out": first}), {"out": second})
    exact = rel_entr(softmax(first, axis=0), softmax(second, axis=0)).sum(axis=0).mean()
    assert divergences == pytest.approx(exact, rel=1e-9)
    coarse = Segmentation(grid=10)
    divergences = coarse.divergence(coarse.signature({"out": first}), {"out": second})
    assert divergences == pytest.approx(exact, rel=0.2)


def test_divergence_of_maps_is_the_squared_share_that_differs():
    decoder, other = Segmentation(), MAP.copy()
    other[:2] = (other[:2] + 1) % 4
    assert decoder.divergence(decoder.signature({"out": MAP}), {"out": other}) == 0.0625


def test_divergence_of_a_map_with_the_scores_behind_it_is_theirs():
    random, decoder = np.random.default_rng(3), Segmentation()
    before, after = random.normal(size=(2, 4, 5, 6)).astype(np.float32)
    outputs = [{"map": MAP, "map" + SCORES: scores} for scores in (before, after)]
    reference = decoder.signature(outputs[0])
    by_logits = Segmentation().divergence(Segmentation().signature({"x": before}), {"x": after})
    assert decoder.divergence(reference, outputs[1]) == pytest.approx(by_logits)
    # A model that gives none is compared by what both give.
    assert decoder.divergence(reference, {"map": MAP}) == 0
    assert decoder.divergence(decoder.signature({"map": MAP}), outputs[1]) == 0


def test_signatures_are_small():
    logits = Segmentation().signature({"out": np.zeros((21, 513, 513), np.float32)})
    assert sum(array.nbytes for array in logits.values()) < 21 * 52 * 52 * 8
    classes = Segmentation().signature({"out": np.zeros((513, 513), np.int64)})
    assert classes["classes"].dtype == np.uint8


@pytest.mark.parametrize(
    ("fields", "shape", "problem"),
    [
        ({}, (1, 21, 513, 513), None),
        ({}, (1, 513, 513, 21), None),
        ({}, (1, 21, -1, -1), None),
        ({}, (1, 513, 513), None),
        ({}, (1, 1, 513, 513), None),
        ({}, (1, 8, 30, 8), "does not determine the class dimension: set `layout`"),
        ({"layout": "CHW"}, (1, 8, 30, 8), None),
        ({}, (1, 1000), "is neither logits nor a class map"),
        ({"threshold": 0}, (1, 21, 8, 9), "has several channels, and `threshold` is for one"),
    ],
)
def test_problems(fields, shape, problem):
    result = list(Segmentation(**fields).problems({"out": shape}))
    assert result == ([f"an output of shape {list(shape[1:])} {problem}"] if problem else [])


@pytest.mark.parametrize(
    ("fields", "values", "facts", "message"),
    [
        (
            {"threshold": None},
            SCORE,
            FACTS,
            "7.jpg: the map contains numbers that are no class ids; set `threshold`",
        ),
        (
            {"resize_to": "mask"},
            MAP,
            Facts("7"),
            "7: the sample is no image.*set resize_to: none",
        ),
        ({}, np.full((8, 12), np.nan), FACTS, "7.jpg: output 'out' holds 96 of 96"),
        ({}, np.zeros(5), FACTS, "neither logits nor a class map"),
    ],
)
def test_refused(fields, values, facts, message):
    with pytest.raises(CalibrateError, match=message):
        Segmentation(**fields).predict({"out": values}, facts)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([SCORE, expit(SCORE)], 0.0),
        ([expit(SCORE), expit(3 * SCORE)], 0.5),
        ([(SCORE > 0).astype(np.float32)], None),
        ([MAP], None),
        ([6 * (SCORE > 0) - 3], 0.0),  # whole numbers, but below 0 no class ids
        ([ONE_HOT], None),
    ],
)
def test_all_samples_determine_the_threshold_of_one_channel(samples, expected):
    outputs = [{"out": values[None]} for values in samples]
    assert Segmentation().auto_parameters(outputs) == {"threshold": expected}
    assert Segmentation(threshold=0.3).auto_parameters(outputs) == {}


def test_a_threshold_of_a_probability_on_logits_is_warned_of(caplog):
    outputs = [{"out": values[None]} for values in (SCORE, expit(SCORE))]
    Segmentation(threshold=0.5).auto_parameters(outputs)
    assert "are no probabilities; a probability of 0.5 is a logit of 0" in caplog.text
    caplog.clear()
    Segmentation(threshold=0.5).auto_parameters(outputs[1:])
    Segmentation(threshold=0).auto_parameters(outputs)
    assert not caplog.records


VOLUME = np.random.default_rng(0).integers(0, 3, (5, 6, 7))
VOLUME_SCORES = np.random.default_rng(1).normal(size=(5, 6, 7)).astype(np.float32)


@pytest.mark.parametrize(
    ("fields", "values", "expected"),
    [
        ({}, np.moveaxis(np.eye(3)[VOLUME], -1, 0), VOLUME),
        ({}, np.eye(3)[VOLUME], VOLUME),
        ({"layout": "CDHW"}, np.moveaxis(np.eye(3)[VOLUME], -1, 0)[None], VOLUME),
        ({"layout": "DHWC"}, np.eye(3)[VOLUME], VOLUME),
        ({"layout": "DHW"}, VOLUME[None], VOLUME),
        ({"layout": "DHW"}, VOLUME_SCORES[None], VOLUME_SCORES > 0),
        ({"layout": "DHW", "threshold": 0.5}, expit(VOLUME_SCORES)[None], VOLUME_SCORES > 0),
    ],
)
def test_volumes(fields, values, expected):
    facts, outputs = Facts("7"), {"out": values.astype(np.float32)}
    decoder = Segmentation(**fields)
    assert list(decoder.problems({"out": (1, *values.shape)})) == []
    np.testing.assert_array_equal(decoder.predict(outputs, facts).mask, expected)
    assert decoder.divergence(decoder.signature(outputs), outputs) == 0


def test_divergence_of_a_volume_is_the_mean_over_its_voxels():
    first, second = np.random.default_rng(0).normal(size=(2, 3, 5, 6, 7))
    p, q = softmax(first, axis=0), softmax(second, axis=0)
    decoder = Segmentation()
    divergence = decoder.divergence(decoder.signature({"out": first}), {"out": second})
    assert divergence == pytest.approx(rel_entr(p, q).sum(axis=0).mean())


def test_logits_resized_by_the_nearest_pixel():
    # Three quarters of the way to the second column class 2 has the highest interpolated logit.
    logits = np.array([[[3.0, 0.0]], [[0.0, 1.0]], [[1.4, 0.9]]], np.float32)
    facts = Facts("7", geometry=Geometry(1, 4, 1, 4).resized(1, 2))
    decoders = [
        Segmentation(layout="CHW", resize_to="mask", interpolation=way)
        for way in ("bilinear", "nearest")
    ]
    masks = [decoder.predict({"out": logits}, facts).mask.tolist() for decoder in decoders]
    assert masks == [[[0, 0, 2, 1]], [[0, 0, 1, 1]]]
