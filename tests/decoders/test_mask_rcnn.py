"""Masks on the image as the Accuracy Checker's `mask_rcnn` draws them, and their divergence."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.mask_rcnn import MaskRcnn, pasted
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

MASK = np.random.default_rng(0).random((5, 5)).astype(np.float32)
FACTS = Facts("7", geometry=Geometry(20, 24, 20, 24).resized(10, 12).shifted(0, 0, 16, 16))
OUTPUTS = {
    "boxes": np.array([[1, 1, 5, 4, 0.8], [0, 0, 0, 0, 0.9], [2, 3, 9, 9, 0.9]], np.float32),
    "labels": np.array([2, 0, 1], np.int64),
    "masks": np.stack([np.ones((6, 6)), np.zeros((6, 6)), np.eye(6)]).astype(np.float32),
}


@pytest.mark.parametrize(
    ("box", "rows"),
    [
        (
            [2.3, 1.7, 9.6, 7.2],
            [
                "............",
                ".........#..",
                "..##....##..",
                "..#####.##..",
                "..#..##..#..",
                "...####.....",
                ".....#####..",
                "............",
                "............",
                "............",
            ],
        ),
        (
            [-3.0, 4.0, 5.0, 12.0],
            [
                "............",
                "............",
                "............",
                "............",
                "....#.......",
                "....#.......",
                "#####.......",
                ".#..#.......",
                ".#..#.......",
                "##..........",
            ],
        ),
        (
            [8, 8, 8.4, 8.3],
            [
                "............",
                "............",
                "............",
                "............",
                "............",
                "............",
                "............",
                ".......##...",
                "........#...",
                "............",
            ],
        ),
    ],
)
def test_pasted_as_the_accuracy_checker_does(box, rows):
    mask = pasted(MASK, np.array(box, np.float32), 10, 12)
    assert ["".join("#" if pixel else "." for pixel in row) for row in mask] == rows


@pytest.mark.parametrize("form", ["plain", "channel", "classes", "scores"])
def test_forms(form):
    outputs = dict(OUTPUTS)
    if form == "channel":
        outputs["masks"] = OUTPUTS["masks"][:, None]
    if form == "classes":
        outputs["masks"] = np.zeros((3, 3, 6, 6), np.float32)
        outputs["masks"][np.arange(3), OUTPUTS["labels"]] = OUTPUTS["masks"]
    if form == "scores":
        outputs["scores"], outputs["boxes"] = OUTPUTS["boxes"][:, 4], OUTPUTS["boxes"][:, :4]
    found = MaskRcnn(relative_boxes=False).predict(outputs, FACTS)
    assert found.labels.tolist() == [1, 2]
    np.testing.assert_allclose(found.scores, [0.9, 0.8])
    np.testing.assert_allclose(found.boxes, [[4, 6, 18, 18], [2, 2, 10, 8]])
    pixels = found.pixels()
    assert pixels.shape == (2, 20, 24)
    assert pixels[1, 3:8, 3:10].all()
    assert not pixels[1, :, 12:].any()


def test_divergence_of_masks_alone():
    decoder = MaskRcnn(relative_boxes=False)
    reference = decoder.signature(OUTPUTS)
    changed = OUTPUTS["masks"].copy()
    changed[0, :3] = 0
    divergence = decoder.divergence(reference, {**OUTPUTS, "masks": changed})
    assert divergence == pytest.approx(0.8**3 * 0.5**2, rel=1e-5)
    assert decoder.divergence(reference, OUTPUTS) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(CalibrateError, match="3 boxes, 3 scores, 2 labels and 3 masks"):
        MaskRcnn().predict({**OUTPUTS, "labels": np.array([1, 2])}, FACTS)
    with pytest.raises(CalibrateError, match="the sample is no image"):
        MaskRcnn().predict(OUTPUTS, Facts("7"))


def test_contract():
    changed = {**OUTPUTS, "masks": OUTPUTS["masks"] * np.float32(0.4)}
    check_decoder(MaskRcnn(relative_boxes=False), OUTPUTS, FACTS, changed=changed)
