import pytest

from calibrate.core.precision import FP32, INT8, Candidate, Group, in_floating_point

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


def test_a_group_that_cannot_be_at_a_precision_is_in_fp32():
    groups = [
        Group("both", ("both",), ("q",), (INT8, "int4_weights", FP32)),
        Group("weights", ("weights",), (), ("int4_weights", FP32)),
        Group("int8", ("int8",), ("q",)),
    ]
    assert Candidate.uniform(groups, INT8).precisions == (INT8, FP32, INT8)
    assert Candidate.uniform(groups, "min-max").precisions == ("min-max", FP32, "min-max")
    assert Candidate.uniform(groups, "int4_weights").precisions == (
        "int4_weights",
        "int4_weights",
        FP32,
    )


@pytest.mark.parametrize(
    ("precision", "floating"),
    [(FP32, True), ("int8_weights", True), (INT8, False), ("accurate-bias", False)],
)
def test_compressed_weights_meet_floating_point(precision, floating):
    assert in_floating_point(precision) is floating
