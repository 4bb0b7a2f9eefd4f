import numpy as np
import pytest

from calibrate.commands.new.class_assignment import best_order


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([[5, 1], [2, 3]], ((0, 1), 8)),
        # The model's class 0 is the annotated class 1, its class 1 the class 2, its class 2 the 0.
        ([[0, 0, 4], [3, 1, 0], [2, 2, 0]], ((1, 2, 0), 9)),
        ([[0, 0], [0, 0]], ((0, 1), 0)),
    ],
)
def test_order_of_the_most_votes(votes, expected):
    assert best_order(np.array(votes, np.float64)) == expected
