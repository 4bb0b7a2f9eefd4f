import numpy as np

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.span import Span
from calibrate.core.sample import Facts
from calibrate.metrics.span_f1 import SpanF1


def test_the_best_of_the_accepted_answers_counts():
    target = TokenTarget(np.array([0, 9, 4, 6]))
    # Against 0-9: 2 * 2 / (2 + 10); against 4-6: 2 * 2 / (2 + 3).
    assert SpanF1().score(Span(np.array([5, 6])), target, Facts("a")) == [0.8]
