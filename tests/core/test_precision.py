import pytest

from calibrate.core.precision import (
    BF16,
    FP16,
    FP32,
    INT8,
    Candidate,
    Group,
    compressed_weights,
    int8_variant,
)

WEIGHTS = compressed_weights("int4_weights", 4)
MIN_MAX = int8_variant("min-max")
GROUPS = [Group(name, (name,), (f"q{name}",)) for name in "abc"]


def test_candidates_are_values():
    assert Candidate.uniform(GROUPS, INT8) == Candidate((INT8,) * 3)
    assert len({Candidate.uniform(GROUPS, INT8), Candidate((INT8,) * 3)}) == 1
    assert len(Candidate.uniform(GROUPS, INT8)) == 3


def test_only_one():
    assert tuple(Candidate.only(3, 1, MIN_MAX)) == (FP32, MIN_MAX, FP32)


def test_replacing_makes_another():
    first = Candidate.uniform(GROUPS, INT8)
    second = first.replaced(2, FP32)
    assert tuple(first) == (INT8, INT8, INT8)
    assert tuple(second) == (INT8, INT8, FP32)
    assert second.fallen_back == (2,)
    assert first.fallen_back == ()


def test_a_group_that_cannot_be_at_a_precision_is_in_fp32():
    groups = [
        Group("both", ("both",), ("q",), (INT8, WEIGHTS, FP32)),
        Group("weights", ("weights",), (), (WEIGHTS, FP32)),
        Group("int8", ("int8",), ("q",)),
    ]
    assert Candidate.uniform(groups, INT8).precisions == (INT8, FP32, INT8)
    assert Candidate.uniform(groups, MIN_MAX).precisions == (MIN_MAX, FP32, MIN_MAX)
    assert Candidate.uniform(groups, WEIGHTS).precisions == (
        WEIGHTS,
        WEIGHTS,
        FP32,
    )


@pytest.mark.parametrize(
    ("precision", "is_float", "compresses", "reduced", "rule", "title"),
    [
        (FP32, True, False, False, "pinned float", "FP32"),
        (BF16, True, False, True, "deployment float", "BF16"),
        (FP16, True, False, True, "deployment float", "FP16"),
        (INT8, False, False, False, "quantizers", "INT8"),
        (MIN_MAX, False, False, False, "quantizers", "INT8 min-max"),
        (WEIGHTS, True, True, False, "decompression", "int4_weights"),
        (compressed_weights("w8", 8, "bf16"), True, True, False, "decompression", "w8"),
        # A name decides nothing: this is INT8 whatever it is called.
        (int8_variant("best_weights"), False, False, False, "quantizers", "INT8 best_weights"),
    ],
)
def test_what_a_precision_is(precision, is_float, compresses, reduced, rule, title):
    assert precision.is_float is is_float
    assert precision.compresses_weights is compresses
    assert precision.is_reduced_float is reduced
    assert (precision.rule, precision.title) == (rule, title)


def test_a_candidate_with_nothing_but_fp32_is_the_trained_model():
    assert Candidate((FP32, FP32)).is_fp32
    assert Candidate(()).is_fp32
    assert not Candidate((FP32, BF16)).is_fp32
