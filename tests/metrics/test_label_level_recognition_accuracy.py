import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.metrics.label_level_recognition_accuracy import CharacterAccuracy


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [([1, 2], [1, 2], 1.0), ([1, 2, 3], [1, 2], 2 / 3), ([1], [2, 1, 2, 2], 0.25), ([], [], 1.0)],
)
def test_edits_per_character_of_the_longer_text(said, true, expected):
    scores = TokenScores(np.log(np.eye(4)[said] + 1e-3).astype(np.float32).reshape(-1, 4))
    target = TokenTarget(np.array(true, np.int64))
    assert CharacterAccuracy().score(scores, target, Facts("a")) == pytest.approx([expected])
