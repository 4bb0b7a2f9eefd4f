"""Maps of scores at the size of the source image."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.anomaly_map import AnomalyMap
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("a", geometry=Geometry(8, 4, 8, 4).resized(4, 4))
OUTPUTS = {"anomaly_map": np.array([[[1, 3], [5, 7]]], np.float32)}


def test_the_map_is_stretched_over_the_image():
    scores = AnomalyMap().predict(OUTPUTS, FACTS).scores
    assert scores.shape == (8, 4)
    np.testing.assert_allclose(scores[0], [1, 1.5, 2.5, 3])
    np.testing.assert_allclose(scores[:, 0], [1, 1, 1.5, 2.5, 3.5, 4.5, 5, 5])
    assert AnomalyMap().predict(OUTPUTS, FACTS).describe(()) == "scores 8×4, 7 at most"


def test_its_own_size():
    scores = AnomalyMap(resize_to="none").predict(OUTPUTS, Facts("a")).scores
    assert scores.tolist() == [[1, 3], [5, 7]]


def test_refused():
    with pytest.raises(CalibrateError, match="is no map of scores"):
        AnomalyMap().predict({"x": np.zeros((2, 4, 4), np.float32)}, FACTS)
    with pytest.raises(CalibrateError, match="set resize_to: none"):
        AnomalyMap().predict(OUTPUTS, Facts("a"))
    assert list(AnomalyMap().problems({"x": (1, 1, 256, 256)})) == []
    assert len(AnomalyMap().problems({"x": (1, 2, 256, 256)})) == 1


def test_contract():
    check_decoder(AnomalyMap(), OUTPUTS, FACTS)
