from dataclasses import replace

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
        # A group without quantizers comes first and is no INT8 group.
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


@pytest.mark.parametrize(
    ("precisions", "deployed", "profiles", "compilations"),
    [
        ({FP32, INT8}, "f32", 4, 5),
        ({FP32, INT8, BF16}, "f32", 9, 10),
        ({FP32, WEIGHTS}, "f32", 2, 2),  # both compute in FP32: nothing is converted between them
        # FP32, FP32 beside INT8 and FP32 beside BF16, the latter two both ways.
        ({FP32, INT8, BF16}, "bf16", 9, 10 + 5),
        ({FP32, BF16}, "bf16", 4, 5 + 3),
    ],
)
def test_the_cost_of_profiles_by_hand(precisions, deployed, profiles, compilations):
    spent = profile_cost(precisions, deployed)
    assert (spent.compilations, spent.inferences) == (compilations, 18 * profiles)


@pytest.mark.parametrize("deployed", [FP32, BF16])
def test_groups_are_profiled_at_the_cost_that_is_predicted(make_searches, deployed):
    """A CPU without BF16 compiles as often, and computes in FP32."""
    store = make_searches("search.objective=latency")[0].variant_store
    offered = tuple(dict.fromkeys((INT8, deployed, FP32)))
    store.groups = tuple(replace(group, precisions=offered) for group in store.groups)
    baseline = replace(store.context.baseline, deployed=deployed)
    store.context = replace(store.context, baseline=baseline)
    costs = store.context.costs
    with costs.stage("profile") as spent:
        group_costs = GroupProfiler(store.context, store.groups, store.compose).group_costs()
    predicted = profile_cost(set(offered), deployed.compute_type)
    assert (spent.compilations, spent.inferences) == (
        predicted.compilations,
        predicted.inferences,
    )
    assert [set(group) for group in group_costs.groups] == [set(offered)] * len(store.groups)
    assert all(cost > 0 for group in group_costs.groups for cost in group.values())
