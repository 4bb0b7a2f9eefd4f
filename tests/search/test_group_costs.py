import pytest

from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import FP32, INT8, Group, compressed_weights, int8_variant
from calibrate.search.group_costs import first_offered, renamed_costs

WEIGHTS = compressed_weights("int8_weights", 8)
VARIANT = int8_variant("min-max")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([Group("a", ("a",), ("qa",))], INT8),
        # A group without quantizers comes first and says nothing of INT8.
        ([Group("a", ("a",), (), (WEIGHTS, FP32)), Group("b", ("b",), ("qb",))], INT8),
        ([Group("a", ("a",), (), (WEIGHTS, FP32))], WEIGHTS),
    ],
)
def test_what_groups_run_at_before_anything_is_chosen(groups, expected):
    assert first_offered(groups) == expected


def test_a_variant_costs_what_the_former_one_did():
    boundaries = {(0, 1): {frozenset(("i8", "f32")): 0.5}}
    costs = GroupCosts([{INT8: 1.0, FP32: 3.0}, {FP32: 2.0}], boundaries)
    assert renamed_costs(costs, INT8, VARIANT) == GroupCosts(
        [{VARIANT: 1.0, FP32: 3.0}, {FP32: 2.0}], boundaries
    )
