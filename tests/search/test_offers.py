from dataclasses import replace

import pytest

from calibrate.core.precision import (
    BF16,
    FP32,
    INT8,
    Candidate,
    Group,
    compressed_weights,
    int8_variant,
)
from calibrate.search.offers import (
    is_choice,
    is_quantized,
    uniform_variant,
    with_tuned_weights,
    with_variant,
)

INT4 = compressed_weights("int4_weights", 4)
TUNED = replace(INT4, name="int4_weights-fine-tuned", new_weights=True)
RECIPE = int8_variant("kernel-bias")


def group(*precisions, quantizers=()):
    return Group("layer", ("layer",), quantizers, precisions)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (group(INT8, FP32, quantizers=("fq",)), (RECIPE, FP32)),
        (group(INT8, INT4, FP32, quantizers=("fq",)), (RECIPE, INT4, FP32)),
        (group(RECIPE, BF16, FP32, quantizers=("fq",)), (RECIPE, BF16, FP32)),
        (group(BF16, FP32), (BF16, FP32)),
    ],
)
def test_a_recipe_takes_the_place_of_int8(given, expected):
    (offered,) = with_variant([given], RECIPE)
    assert offered.precisions == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((INT4, FP32), (TUNED, INT4, FP32)),
        ((TUNED, INT4, FP32), (TUNED, INT4, FP32)),
        ((FP32,), (FP32,)),
    ],
)
def test_tuned_weights_come_before_the_plain_ones(given, expected):
    (offered,) = with_tuned_weights([group(*given)], TUNED, INT4)
    assert offered.precisions == expected


def test_a_variant_goes_where_the_first_precision_is():
    assert uniform_variant(Candidate((INT4, BF16, INT4)), INT4, TUNED) == Candidate(
        (TUNED, BF16, TUNED)
    )


@pytest.mark.parametrize(
    ("precisions", "expected"),
    [
        ((INT8, FP32), False),
        ((TUNED, INT4, FP32), False),
        ((INT8, BF16, FP32), True),
        ((INT4, INT8, FP32), True),
        ((FP32,), False),
    ],
)
def test_variants_of_one_kind_are_no_choice(precisions, expected):
    assert is_choice([group(*precisions)]) is expected


@pytest.mark.parametrize(
    ("precision", "offered", "expected"),
    [
        (INT8, (INT8, FP32), True),
        (TUNED, (TUNED, INT4, FP32), True),
        (BF16, (INT8, BF16, FP32), False),
        (FP32, (INT8, FP32), False),
        (FP32, (FP32,), True),
    ],
)
def test_is_quantized(precision, offered, expected):
    assert is_quantized([group(*offered)], Candidate((precision,)), BF16) is expected
