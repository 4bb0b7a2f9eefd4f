import numpy as np
import pytest

from calibrate.config.resolved import JudgedMetric
from calibrate.context.blind_metrics import blind_metrics
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.sample import Facts
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.cosine_similarity import CosineSimilarity

NEAR_ONE_DIRECTION = [[100, 1, 0], [100, 0, 1], [100, 1, 1]]
APART = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def raw(rows):
    return {number: RawOutputs({"y": np.array(row, np.float32)}) for number, row in enumerate(rows)}


@pytest.mark.parametrize(
    ("rows", "max_drop", "start"),
    [
        (
            NEAR_ONE_DIRECTION,
            0.01,
            (
                "cosine_similarity cannot detect a loss here: with answers of other samples it "
                "drops by 6.67e-05, and the budget is 0.01."
            ),
        ),
        (NEAR_ONE_DIRECTION, 1e-6, ""),
        (APART, 0.01, ""),
        ([[1, 2], [1, 2, 3], [1]], 0.01, ""),
        (APART[:1], 0.01, ""),
    ],
)
def test_a_metric_that_cannot_tell_samples_apart(rows, max_drop, start):
    metric = JudgedMetric(CosineSimilarity(), max_drop, "absolute")
    facts = [Facts(str(number)) for number in range(len(rows))]
    sentences = blind_metrics([metric], raw(rows), facts)
    assert len(sentences) == bool(start)
    assert "".join(sentences).startswith(start)


def test_metrics_of_annotations_are_passed_over():
    metric = JudgedMetric(Accuracy(), 0.5, "absolute")
    facts = [Facts(str(number)) for number in range(3)]
    assert blind_metrics([metric], raw(NEAR_ONE_DIRECTION), facts) == ()
