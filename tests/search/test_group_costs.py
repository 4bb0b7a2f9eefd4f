import pytest

from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import BF16, FP32, INT8, Group, compressed_weights, int8_variant
from calibrate.search.group_costs import GroupProfiler, first_offered, profile_cost, renamed_costs

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


@pytest.mark.parametrize("precisions", [{FP32, INT8}, {FP32, WEIGHTS}, {FP32, INT8, BF16}])
def test_the_cost_of_profiles_by_hand(precisions):
    spent = profile_cost(precisions)
    profiles, compiled = {2: (4, 5), 3: (9, 10)}[len(precisions)]
    if WEIGHTS in precisions:  # both compute in FP32: nothing is converted between them
        profiles, compiled = 2, 2
    assert (spent.compilations, spent.inferences) == (compiled, 18 * profiles)


def test_groups_are_profiled_at_the_cost_that_is_predicted(make_searches):
    store = make_searches("search.objective=latency")[0].variant_store
    costs = store.context.costs
    with costs.stage("profile") as spent:
        prices = GroupProfiler(store.context, store.groups, store.compose).prices()
    predicted = profile_cost({FP32, INT8})
    assert (spent.compilations, spent.inferences) == (
        predicted.compilations,
        predicted.inferences,
    )
    assert [set(group) for group in prices.groups] == [{FP32, INT8}] * len(store.groups)
    assert all(cost > 0 for group in prices.groups for cost in group.values())
