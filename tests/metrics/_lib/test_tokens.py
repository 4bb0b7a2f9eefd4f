"""Positions that count, and edit distances."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import counted_positions, edit_distance


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [
        ("", "", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("abc", "abc", 0),
        ("kitten", "sitting", 3),
        ("flaw", "lawn", 2),
        ("abcd", "bcda", 2),
    ],
)
def test_edit_distance(first, second, edits):
    assert edit_distance(first, second) == edit_distance(second, first) == edits


@pytest.mark.parametrize(
    ("ignore", "tokens"), [(-100, [1, 0]), (0, [1]), (None, None)], ids=["mark", "padding", "none"]
)
def test_counted_positions(ignore, tokens):
    scores = np.zeros((3, 4), np.float32)
    truth = {-100: [1, 0, -100], 0: [1, 0, 0], None: [1, 2, 3]}[ignore]
    kept, result = counted_positions(
        "m", TokenScores(scores), TokenTarget(np.array(truth), ignore), Facts("a")
    )
    assert result.tolist() == (tokens or truth)
    assert kept.shape == (len(result), 4)
