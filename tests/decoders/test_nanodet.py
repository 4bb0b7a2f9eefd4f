import math

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.nanodet import NanoDet
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(32, 32, 32, 32), source="7.jpg")
FIELDS = {"classes": 3, "reg_max": 4, "strides": (8, 16)}
GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.normal(size=(20, 23)).astype(np.float32)
ROWS[:, :3] = GENERATOR.uniform(size=(20, 3))


def plain(rows, offset):
    """Point by point, as the formulas are written."""
    boxes = []
    points = [(x, y, 8) for y in range(4) for x in range(4)]
    points += [(x, y, 16) for y in range(2) for x in range(2)]
    for row, (x, y, stride) in zip(rows.astype(float), points, strict=True):
        sides = []
        for side in range(4):
            weights = [math.exp(value) for value in row[3 + 5 * side : 8 + 5 * side]]
            mean = sum(i * weight for i, weight in enumerate(weights)) / sum(weights)
            sides.append(mean * stride)
        px, py = (x + offset) * stride, (y + offset) * stride
        boxes.append([px - sides[0], py - sides[1], px + sides[2], py + sides[3]])
    return boxes


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_every_point_is_decoded(offset):
    result = NanoDet(**FIELDS, cell_offset=offset).dense({"out": ROWS}, "")
    assert not result.relative
    np.testing.assert_allclose(result.boxes, plain(ROWS, offset), atol=1e-4)
    assert np.array_equal(result.scores, ROWS[:, :3])


def test_logits():
    result = NanoDet(**FIELDS, activation="sigmoid").dense({"out": ROWS}, "")
    np.testing.assert_allclose(result.scores, 1 / (1 + np.exp(-ROWS[:, :3])), rtol=1e-6)


def test_problems():
    assert list(NanoDet().problems({"out": (1, 3598, 112)})) == []
    assert list(NanoDet(classes=80).problems({"out": (1, 3598, 85)})) == [
        (
            "no output can be the rows, which are [*, 112]; "
            "the model's outputs without the batch: 'out' [3598, 85]"
        )
    ]


def test_contract():
    check_decoder(NanoDet(**FIELDS), {"out": ROWS[None]}, FACTS)
