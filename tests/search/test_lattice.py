"""INT8, BF16 and FP32 side by side: measured with real kernels, held against enumeration."""

import itertools
import time
from collections import Counter

import openvino as ov
import pytest

from calibrate.config.load import load_config
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import BF16, FP32, INT8, Candidate
from calibrate.core.progress import NoProgress
from calibrate.models.write import write_model
from calibrate.quantization.pinning import unpinned
from calibrate.report_builder.execution import execution_facts
from calibrate.runtime.inference_precision import plugin_default
from calibrate.runtime.profiling import executed_nodes
from calibrate.search.measure_groups import measure_groups
from calibrate.search.pareto import cheapest, problem
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore

pytestmark = pytest.mark.skipif(
    plugin_default() != "bf16", reason="OpenVINO computes in FP32 by default on this CPU"
)
PRICES = {INT8: 1.0, BF16: 2.0, FP32: 4.0}


@pytest.fixture
def store(three_precisions_job, tmp_path) -> VariantStore:
    resolved = load_config(three_precisions_job())
    context = build_context(resolved, Costs(time.monotonic), NoProgress(), tmp_path / "work")
    store = VariantStore(context, (), lambda: False)
    quantize_plain(store)
    # Literal costs: the choice must not hang on what else runs here.
    store.measured.group_costs = GroupCosts(
        [{p: PRICES[p] for p in group.precisions} for group in store.groups], {}
    )
    measure_groups(store)
    return store


def test_each_layer_runs_at_the_least_precision_that_keeps_it(store, tmp_path):
    given = problem(store.groups, store.measured.damages, store.measured.group_costs)
    sensitivity = {
        (store.groups[index].name, precision): value.mean
        for (index, precision), value in store.measured.damages.items()
    }
    assert sensitivity["wide", INT8] > 100 * sensitivity["wide", BF16]
    assert sensitivity["shifted", BF16] > 100 * sensitivity["first", INT8]

    bound = 2 * sum(sensitivity[name, INT8] for name in ("first", "last")) + 2 * sum(
        sensitivity[name, BF16] for name in ("wide", "uneven")
    )
    damages = store.measured.damages
    choices = itertools.product(*(group.precisions for group in store.groups))
    least = min(
        sum(PRICES[p] for p in choice)
        for choice in choices
        if sum(max(0.0, damages[index, p].mean) for index, p in enumerate(choice) if p != FP32)
        <= bound
    )
    point = cheapest(given, bound)
    assert point.cost == pytest.approx(least)
    chosen = dict(zip((g.name for g in store.groups), point.candidate, strict=True))
    assert set(chosen.values()) == {INT8, BF16, FP32}
    assert chosen["wide"] == BF16
    # Only what `shifted` gives must stay exact: it may itself compute in INT8.
    assert chosen["restored"] == FP32
    assert chosen["shifted"] != BF16
    assert chosen["first"] == INT8

    # Only INT8 and FP32: the same bound costs more.
    two = [o for o in given.options if o.precision != BF16 or not store.groups[o.group].quantizers]
    assert cheapest(type(given)(given.count, tuple(two), {}), bound).cost > point.cost

    # Written, read and compiled by the plugin's defaults, each group runs as it was chosen.
    path = tmp_path / "written.xml"
    write_model(store.model(point.candidate), path)
    nodes = executed_nodes(ov.Core().read_model(path), Costs(lambda: 0.0), "bf16")
    facts = execution_facts(store.groups, point.candidate, nodes)
    text = {name: facts[name].precision for name, p in chosen.items() if facts[name].precision}
    assert {name: chosen[name].compute_type for name in text} == text
    assert unpinned(store.groups, point.candidate, nodes) == ()


def test_what_is_measured_is_what_is_written(store):
    """The reduced float is a candidate, and FP32 everywhere is the trained model again."""
    search = store.context.data.search
    reduced = store.evaluator.observe(store.reduced, search).divergences(search).mean()
    everything = Candidate(tuple(FP32 for _ in store.groups))
    pinned = store.evaluator.observe(everything, search).divergences(search).mean()
    assert reduced > 1e-3
    assert pinned < 1e-6
    kinds = Counter(node.precision for node in store.executed(everything))
    assert kinds["bf16"] == 0
