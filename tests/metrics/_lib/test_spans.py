import numpy as np

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.span import Span
from calibrate.core.sample import Facts
from calibrate.metrics._lib.spans import span_pairs


def test_every_accepted_answer_is_a_pair():
    target = TokenTarget(np.array([0, 1, 4, 6, -100]))
    pairs = span_pairs("m", Span(np.array([4, 6])), target, Facts("a"))
    assert [theirs.positions.tolist() for _, theirs in pairs] == [[0, 1], [4, 6]]
