from calibrate.contracts.candidate import FP32, INT8, Candidate, Group

GROUPS = [Group(name, (name,), (f"q{name}",)) for name in "abc"]


def test_candidates_are_values():
    assert Candidate.uniform(GROUPS, INT8) == Candidate((INT8,) * 3)
    assert len({Candidate.uniform(GROUPS, INT8), Candidate((INT8,) * 3)}) == 1
    assert len(Candidate.uniform(GROUPS, INT8)) == 3


def test_only_one():
    assert tuple(Candidate.only(3, 1, "variant")) == (FP32, "variant", FP32)


def test_replacing_makes_another():
    first = Candidate.uniform(GROUPS, INT8)
    second = first.replaced(2, FP32)
    assert tuple(first) == (INT8, INT8, INT8)
    assert tuple(second) == (INT8, INT8, FP32)
    assert second.fallen_back == (2,)
    assert first.fallen_back == ()
