"""Which model is written, from literal ratios of rounds; profiles are of real small models."""

from dataclasses import replace

import pytest

from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import BF16, FP32, INT8, Candidate, Group
from calibrate.runtime.benchmark import Timing
from calibrate.search.folds import Folds
from calibrate.search.front_walk import DropTarget
from calibrate.search.speed_check import (
    enforce_speed,
    gains_by_another,
    is_clearly_faster,
    requantized,
)

GROUPS = (
    Group("a", ("a",), ("qa",), (INT8, BF16, FP32)),
    Group("b", ("b",), ("qb",), (INT8, BF16, FP32)),
    Group("c", ("c",), (), (BF16, FP32)),
)
COSTS = GroupCosts(
    (
        {INT8: 5.0, BF16: 4.0, FP32: 9.0},
        {INT8: 1.0, BF16: 4.0, FP32: 9.0},
        {BF16: 1.0, FP32: 2.0},
    ),
    {},
)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (INT8, True),  # BF16 costs less
        (BF16, False),  # nothing costs less, so speed is the reason
        (FP32, True),  # INT8 costs more and BF16 less, so accuracy is the reason
    ],
)
def test_whether_another_precision_would_gain(chosen, expected):
    costs = GroupCosts(({INT8: 10.0, BF16: 4.0, FP32: 9.0}, *COSTS.groups[1:]), {})
    candidate = Candidate((chosen, INT8, BF16))
    assert gains_by_another(GROUPS, costs, 0, candidate) is expected
    assert gains_by_another(GROUPS, GroupCosts((), {}), 0, candidate)


def timing(*ratios: float) -> Timing:
    return Timing(1.0, 1.0, 1.0, 100.0, ratios)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        # a is faster in BF16 than in INT8; b is not, so it is there for accuracy.
        ((BF16, BF16, BF16), (INT8, BF16, BF16)),
        # In FP32 a is slower than in INT8: for accuracy too.
        ((FP32, INT8, FP32), (FP32, INT8, FP32)),
        ((INT8, INT8, BF16), (INT8, INT8, BF16)),
    ],
)
def test_only_what_is_in_floating_point_for_speed_is_quantized_again(chosen, expected):
    assert requantized(GROUPS, COSTS, Candidate(chosen)) == Candidate(expected)
    unpriced = GroupCosts((), {})
    assert requantized(GROUPS, unpriced, Candidate(chosen)) == Candidate(chosen)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((2.0,) * 8, (1.0,) * 8, True),
        ((1.0,) * 8, (2.0,) * 8, False),
        ((1.0,) * 8, (1.0,) * 8, False),
        # Faster in the median, and slower in three rounds of eight: within noise.
        ((1.1, 1.1, 1.1, 1.1, 1.1, 0.9, 0.9, 0.9), (1.0,) * 8, False),
        # One bad round does not decide.
        ((1.1,) * 8 + (0.2,), (1.0,) * 9, True),
    ],
)
def test_faster_is_beyond_the_noise_of_rounds(first, second, expected):
    assert is_clearly_faster(timing(*first), timing(*second)) is expected


def test_a_timing_of_other_rounds_is_no_pair():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        is_clearly_faster(timing(1.0, 1.0), replace(timing(1.0, 1.0), ratios=(1.0,)))


def judged(searches):
    """The first accepted round, and the models that are timed."""
    folds = Folds(searches)
    answer = folds.judge(folds.propose([DropTarget((1.0,))] * len(searches)))
    store = searches[0].variant_store
    fp32 = searches[0].context.baseline.model
    return answer, {"fp32": fp32, "result": store.model(answer.candidate)}


@pytest.mark.parametrize(
    ("objective", "ratio", "is_kept", "note"),
    [
        ("latency", 1.2, True, ""),
        ("latency", 0.8, False, "The result of the search reaches 0.80 of FP32's speed"),
        ("throughput", 0.8, False, "The result of the search reaches 0.50 of FP32's speed"),
        ("size", 1.2, True, ""),
        ("size", 0.8, True, "The objective is size, and the result runs at 0.80 of FP32's speed"),
    ],
)
def test_the_answer_is_not_slower_than_floating_point(
    make_searches, objective, ratio, is_kept, note
):
    searches = make_searches(f"search.objective={objective}")
    answer, models = judged(searches)
    fp32, result = timing(1.0, 1.0, 1.0), timing(ratio, ratio, ratio)
    timings = {"fp32": fp32, "int8": result, "result": replace(result, throughput=50.0)}
    checked = enforce_speed(searches, [answer], answer, timings, models)
    assert (checked.answer is answer) == is_kept
    assert checked.answer.candidate.is_fp32 != is_kept
    assert checked.note.startswith(note)
    assert bool(checked.note) == bool(note)


def test_an_accepted_rival_that_is_faster_is_written(make_searches):
    searches = make_searches("search.objective=latency")
    plain, models = judged(searches)
    store = searches[0].variant_store
    slower = store.plain.replaced(0, FP32)
    rounds = [Folds(searches).judge([search.proposal_of(slower) for search in searches]), plain]
    fast = (3.0,) * 9
    timings = {"fp32": timing(*(1.0,) * 9), "int8": timing(*fast), "result": timing(*(2.0,) * 9)}
    checked = enforce_speed(searches, rounds, rounds[0], timings, models)
    assert checked.answer is plain
    assert checked.note.startswith("Plain INT8 was accepted too and is faster")
    # Without a round left for it, what was judged stays.
    allowed = searches[0].context.config.search.acceptance_looks
    checked = enforce_speed(searches, rounds[:1] * allowed, rounds[0], timings, models)
    assert checked.answer is rounds[0]


def test_the_round_of_a_rival_counts_among_all_rounds(make_searches):
    searches = make_searches("search.objective=latency", "search.acceptance_looks=2")
    store = searches[0].variant_store
    slower = store.plain.replaced(0, FP32)
    answer = Folds(searches).judge([search.proposal_of(slower) for search in searches])
    models = {"fp32": searches[0].context.baseline.model, "result": store.model(slower)}
    fast, slow = timing(*(3.0,) * 9), timing(*(2.0,) * 9)
    timings = {"fp32": timing(*(1.0,) * 9), "int8": fast, "result": slow}
    checked = enforce_speed(searches, [answer], answer, timings, models)
    assert [round_.candidate for round_ in checked.rounds] == [slower, store.plain]
    assert checked.answer is checked.rounds[1]
    # No rival is judged: the answer is the fastest.
    timings = {"fp32": timing(*(1.0,) * 9), "int8": slow, "result": fast}
    assert enforce_speed(searches, [answer], answer, timings, models).rounds == (answer,)
