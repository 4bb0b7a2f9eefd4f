"""Evidence of many samples, and the sets that a reference implementation is run on."""

from collections.abc import Sequence

import numpy as np

from calibrate.core.sample import Facts


def evidence_of(metric, pairs: Sequence):
    """What a metric keeps of predictions and targets, a sample each."""
    return [
        metric.score(prediction, target, Facts(f"sample-{index}"))
        for index, (prediction, target) in enumerate(pairs)
    ]


def draws(count: int, sets: int = 4, seed: int = 0):
    """[1 + sets, count]: the samples themselves, and sets drawn with replacement."""
    ones = np.ones((1, count), np.int64)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=sets)
    return np.vstack([ones, drawn])
