"""`pairwise_roc_auc` by hand; tests of `pairwise_accuracy` hold it against scikit-learn."""

import numpy as np
import pytest

from calibrate.core.group_annotations import PairMember
from calibrate.core.predictions.embedding import Embedding
from calibrate.metrics.pairwise_roc_auc import PairwiseRocAuc
from tests.metrics.reference import evidence_of


def test_equal_cosines_count_half():
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    members = [PairMember("a", ("b", "c"), (True, True)), PairMember("b", ("c",), (False,))]
    members.append(PairMember("c"))
    metric = PairwiseRocAuc()
    pairs = [(Embedding(v), m) for v, m in zip(vectors, members, strict=True)]
    area = metric.aggregate(evidence_of(metric, pairs), np.ones((1, 3), np.int64))
    assert area == pytest.approx([(1 + 0.5) / 2])
