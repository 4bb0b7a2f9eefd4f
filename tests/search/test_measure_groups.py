"""Whether a search is worth it, from literal costs of groups."""

from dataclasses import replace

import pytest

from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import BF16, FP32, INT8
from calibrate.search.measure_groups import could_be_faster, measure_groups


def test_a_cheaper_reduced_float_is_worth_a_search(make_searches):
    store = make_searches("search.objective=latency")[0].variant_store
    assert not could_be_faster(store, store.plain)  # floating point is deployed as FP32
    store.groups = tuple(replace(g, precisions=(INT8, BF16, FP32)) for g in store.groups)
    baseline = replace(store.context.baseline, deployed=BF16)
    store.context = replace(store.context, baseline=baseline)
    for bf16, expected in ((5.0, False), (3.9, False), (3.0, True)):
        costs = [{INT8: 4.0, BF16: bf16, FP32: 9.0} for _ in store.groups]
        store.measured.group_costs = GroupCosts(costs, {})
        assert could_be_faster(store, store.plain) is expected


@pytest.mark.parametrize("late", [True, False])
def test_sensitivities_stay_where_time_runs_out(make_searches, late):
    store = make_searches(expired=lambda: late)[0].variant_store
    measure_groups(store)
    assert (store.measured.points == ()) is late
    assert bool(store.measured.group_costs.groups) is not late
