import numpy as np

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.sample import Facts
from calibrate.metrics._lib.retrieval import (
    first_relevant,
    labelled_vector,
    mean_over_queries,
    rankings,
)

VECTORS = np.float32([[1, 0], [0.6, 0.8], [1, 0]])
EVIDENCE = [
    labelled_vector("m", Embedding(vector), ClassLabel(label), Facts(f"s{index}"))
    for index, (vector, label) in enumerate(zip(VECTORS, (0, 0, 1), strict=True))
]


def test_of_equal_cosines_other_classes_stand_first():
    ranked = rankings(EVIDENCE)
    # The query itself is in its ranking, and marked as no other sample.
    assert ranked.order[0].tolist() == [2, 0, 1]
    assert ranked.other[0].tolist() == [True, False, True]
    assert ranked.relevant[0].tolist() == [False, True, True]


def test_ranks_of_the_first_relevant_sample():
    rank, has_one = first_relevant(rankings(EVIDENCE), np.array([1, 1, 1]))
    assert has_one.tolist() == [1, 1, 0]
    assert rank[:2].tolist() == [2, 2]
    # A sample that was drawn three times takes three places.
    assert first_relevant(rankings(EVIDENCE), np.array([1, 1, 3]))[0][0] == 4


def test_queries_count_as_often_as_they_are_drawn():
    values, has_value = np.array([1.0, 0.0, 9.0]), np.array([1.0, 1.0, 0.0])
    assert mean_over_queries(values, has_value, np.array([3, 1, 1])) == 0.75
    assert np.isnan(mean_over_queries(values, has_value, np.array([0, 0, 1])))
