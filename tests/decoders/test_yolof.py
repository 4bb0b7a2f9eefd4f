"""Boxes of a head that is worked by hand."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolof import Yolof
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(64, 64, 64, 64))
DECODER = Yolof(anchors=((16, 8), (32, 32)), stride=32)
HEAD = np.full((2, 7, 2, 2), -6.0, np.float32)
"""[anchors, numbers, rows, columns], three classes"""
HEAD[:, :4] = 0
# The first anchor in row 1, column 0: half its size to the right, a quarter up, twice as high.
HEAD[0, :, 1, 0] = [0.5, -0.25, 0, np.log(2), 3, -6, 1]
# The second in row 1, column 1.
HEAD[1, :, 1, 1] = [0, 0, np.log(0.5), 0, -6, 2, -6]
OUTPUTS = {"boxes": HEAD.reshape(14, 2, 2)}


def test_boxes():
    found = DECODER.predict(OUTPUTS, FACTS)
    assert found.labels[:3].tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.scores[:3], 1 / (1 + np.exp([-3, -2, -1])), rtol=1e-5)
    first = [0, 22, 16, 38]
    np.testing.assert_allclose(found.boxes[:3], [first, [24, 16, 40, 48], first], atol=1e-3)


def test_other_channels_are_refused():
    with pytest.raises(CalibrateError, match="14 channels are not 4 numbers and classes"):
        Yolof(anchors=((1, 1),) * 4).predict(OUTPUTS, FACTS)


def test_contract():
    check_decoder(DECODER, OUTPUTS, FACTS)
