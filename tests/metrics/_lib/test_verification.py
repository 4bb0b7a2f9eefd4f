import numpy as np

from calibrate.core.group_annotations import PairMember
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.sample import Facts
from calibrate.metrics._lib.verification import pair_evidence, pairs_of
from calibrate.metrics.tar_at_far import TarAtFar
from tests.metrics.reference import evidence_of


def test_pairs_count_where_both_samples_are_there():
    vectors = np.eye(3, dtype=np.float32)
    members = [
        PairMember("a", ("b", "c", "gone"), (True, False, True)),
        PairMember("b", ("c",), (False,)),
        PairMember("c"),
    ]
    pairs = [(Embedding(v), member) for v, member in zip(vectors, members, strict=True)]
    listed = pairs_of(evidence_of(TarAtFar(), pairs))
    assert sorted(zip(listed.first.tolist(), listed.second.tolist(), strict=True)) == [
        (0, 1), (0, 2), (1, 2),
    ]  # fmt: skip
    assert listed.genuine.sum() == 1
    right, wrong = listed.accepted(np.array([2, 1, 3]))
    assert (right.tolist(), wrong.tolist()) == ([2], [9])  # all cosines are 0: one threshold


def test_the_evidence_holds_vector_and_pairs():
    vector = np.array([0.6, 0.8], np.float32)
    evidence = pair_evidence("m", Embedding(vector), PairMember("a", ("b",), (True,)), Facts("1"))
    assert set(evidence) == {"vector", "name", "partners", "genuine"}
