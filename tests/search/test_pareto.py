import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrate.core.evaluator import GroupCosts, Sensitivity
from calibrate.core.observation import NOT_FINITE
from calibrate.core.precision import (
    BF16,
    FP32,
    INT8,
    Candidate,
    Group,
    compressed_weights,
    int8_variant,
)
from calibrate.search.pareto import Option, Problem, candidate_cost, cheapest, front, problem

INT8_FP32 = frozenset(("i8", "f32"))
PAIRS = [INT8_FP32, frozenset(("i8", "bf16")), frozenset(("bf16", "f32"))]


@st.composite
def problems(draw) -> Problem:
    """Up to five groups, up to four precisions of three types, boundaries at some pairs."""
    count = draw(st.integers(1, 5))
    numbers = st.integers(0, 40)
    options = []
    for group in range(count):
        options.append(Option(group, FP32, float(draw(numbers)), 0.0))
        options += [
            Option(group, precision, float(draw(numbers)), draw(numbers) / 8)
            for precision in (INT8, BF16, int8_variant("variant"))[: draw(st.integers(0, 3))]
        ]
    pairs = list(itertools.combinations(range(count), 2))
    crossed = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    boundaries = {pair: {types: float(draw(numbers)) for types in PAIRS} for pair in crossed}
    return Problem(count, tuple(options), boundaries)


def every(given: Problem) -> list[tuple[float, float, Candidate]]:
    """Cost and damage of every choice, by enumeration."""
    by_group = [[o for o in given.options if o.group == group] for group in range(given.count)]
    calls = []
    for taken in itertools.product(*by_group):
        cost = sum(o.cost for o in taken)
        for (a, b), extra in given.boundaries.items():
            types = frozenset(taken[k].precision.compute_type for k in (a, b))
            cost += extra.get(types, 0.0)
        candidate = Candidate(tuple(o.precision for o in taken))
        calls.append((cost, sum(o.damage for o in taken), candidate))
    return calls


@given(problems(), st.one_of(st.integers(0, 200).map(lambda n: n / 8), st.just(math.inf)))
@settings(deadline=None, max_examples=150)
def test_the_cheapest_is_that_of_enumeration_and_of_equals_the_least_damaged(given_, bound):
    least = min((cost, damage) for cost, damage, _ in every(given_) if damage <= bound)
    result = cheapest(given_, bound)
    assert result is not None
    assert (result.cost, result.damage) == pytest.approx(least)
    assert candidate_cost(given_, result.candidate) == pytest.approx(result.cost)


@given(problems())
@settings(deadline=None, max_examples=40)
def test_the_front_runs_from_fastest_to_unhurt_and_no_point_is_beaten(given_):
    points = front(given_, size=8)
    choices = every(given_)
    assert (points[0].cost, points[0].damage) == pytest.approx(min(c[:2] for c in choices))
    assert points[-1].damage == 0.0
    for earlier, later in itertools.pairwise(points):
        assert later.damage < earlier.damage
        assert later.cost >= earlier.cost
    for point in points:
        assert not any(
            cost < point.cost - 1e-6 and damage <= point.damage for cost, damage, _ in choices
        )


@given(problems())
@settings(deadline=None, max_examples=40)
def test_a_price_is_that_of_enumeration(given_):
    for cost, _, candidate in every(given_):
        assert candidate_cost(given_, candidate) == pytest.approx(cost)


def test_nothing_fits_where_every_option_does_damage():
    given_ = Problem(1, (Option(0, INT8, 1.0, 2.0),), {})
    assert cheapest(given_, 1.0) is None
    assert cheapest(given_, 2.0).candidate == Candidate((INT8,))


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_damages_and_costs_of_any_size_are_distinguished(scale):
    options = []
    for group, (gain, damage) in enumerate([(5.0, 3.0), (4.0, 2.0), (3.0, 2.0)]):
        options += [
            Option(group, FP32, 10.0 * scale, 0.0),
            Option(group, INT8, (10.0 - gain) * scale, damage * scale),
        ]
    result = cheapest(Problem(3, tuple(options), {}), 4.0 * scale)
    assert result.candidate.precisions == (FP32, INT8, INT8)
    assert cheapest(Problem(3, tuple(options), {}), 0.0).candidate.precisions == (FP32,) * 3


def test_a_dear_boundary_keeps_neighbours_together():
    options = []
    for group, damage in enumerate([1.0, 0.0]):
        options += [Option(group, FP32, 10.0, 0.0), Option(group, INT8, 8.0, damage)]
    alone = Problem(2, tuple(options), {})
    tied = Problem(2, tuple(options), {(0, 1): {INT8_FP32: 3.0}})
    assert cheapest(alone, 0.5).candidate.precisions == (FP32, INT8)
    assert cheapest(tied, 0.5).candidate.precisions == (FP32, FP32)


def test_a_problem_lists_what_was_measured_and_fp32_always():
    groups = [Group("a", ("a",), ("qa",)), Group("b", ("b",), ("qb",))]
    damages = {(0, INT8): Sensitivity(-0.5, 0.1, 12)}
    boundaries = {(0, 1): {INT8_FP32: 0.5}}
    group_costs = GroupCosts([{FP32: 4.0, INT8: 1.0}, {FP32: 5.0, INT8: 2.0}], boundaries)
    assert problem(groups, damages, group_costs) == Problem(
        2,
        (Option(0, INT8, 1.0, 0.0), Option(0, FP32, 4.0, 0.0), Option(1, FP32, 5.0, 0.0)),
        {(0, 1): {INT8_FP32: 0.5}},
    )


def test_a_boundary_is_where_integers_end_not_where_weights_are_compressed():
    weights = compressed_weights("int4_weights", 4)
    options = tuple(
        Option(group, precision, cost, 0.0)
        for group in (0, 1)
        for precision, cost in ((INT8, 2.0), (weights, 3.0), (FP32, 4.0))
    )
    given = Problem(2, options, {(0, 1): {INT8_FP32: 10.0}})
    assert candidate_cost(given, Candidate((weights, FP32))) == 7.0
    assert candidate_cost(given, Candidate((INT8, weights))) == 15.0
    only_second = tuple(
        option for option in options if (option.group, option.precision) != (1, INT8)
    )
    dear = Problem(2, only_second, {(0, 1): {INT8_FP32: 10.0}})
    assert cheapest(dear, 1.0).candidate.precisions == (weights, weights)


def test_a_layer_that_int8_breaks_goes_to_bf16_and_one_that_both_break_to_fp32():
    damages = {INT8: (0.1, 9.0, 9.0), BF16: (0.0, 0.1, 9.0), FP32: (0.0, 0.0, 0.0)}
    costs = {INT8: 1.0, BF16: 2.0, FP32: 4.0}
    options = tuple(
        Option(group, precision, costs[precision], damages[precision][group])
        for group in range(3)
        for precision in (INT8, BF16, FP32)
    )
    given_ = Problem(3, options, {(0, 1): {PAIRS[1]: 0.5}, (1, 2): {PAIRS[2]: 0.5}})
    assert cheapest(given_, 1.0).candidate.precisions == (INT8, BF16, FP32)
    # Where BF16 is no neighbour of INT8 worth its boundary, it takes the neighbour along.
    dear = Problem(3, options, {(0, 1): {PAIRS[1]: 1.5}, (1, 2): {PAIRS[2]: 0.5}})
    assert cheapest(dear, 1.0).candidate.precisions == (BF16, BF16, FP32)


def test_a_precision_whose_outputs_are_not_finite_is_no_option():
    groups = [Group(name, (name,), ("q",)) for name in ("a", "b")]
    damages = {(0, INT8): Sensitivity(NOT_FINITE / 32, 0.0, 8), (1, INT8): Sensitivity(0.5, 0.1, 8)}
    group_costs = GroupCosts([{INT8: 1.0, FP32: 2.0}] * 2, {})
    options = problem(groups, damages, group_costs).options
    assert [(o.group, o.precision) for o in options] == [(0, FP32), (1, INT8), (1, FP32)]
