from collections.abc import Callable
from dataclasses import replace
from math import ceil, inf, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrate.core.evaluator import Trial
from calibrate.core.observation import NOT_FINITE
from calibrate.core.precision import INT8, Candidate, int8_variant
from calibrate.search.front_walk import DropTarget, additivity, best, expected_use, next_point, use
from calibrate.search.pareto import Point

Drop = Callable[[float], float]


def trial(name: str, damage: float, drop: float, error: float = 0.0, factor: float = 1.0) -> Trial:
    return Trial(Candidate((int8_variant(name),)), damage, damage * factor, (drop,), (error,), 400)


def front(damages: list[float]) -> list[Point]:
    falling = sorted(set(damages), reverse=True)
    return [
        Point(Candidate((int8_variant(str(i)),)), float(i), d)
        for i, d in enumerate([*falling, 0.0])
    ]


def walk(points: list[Point], drop: Drop, target: DropTarget, first: list[Trial]) -> list[Trial]:
    """Evaluate what is asked for until nothing is; the world answers with `drop` of damage."""
    trials = list(first)
    while (index := next_point(points, trials, target)) is not None:
        point = points[index]
        assert point.candidate not in {entry.candidate for entry in trials}, "evaluated twice"
        trials.append(trial(point.candidate.precisions[0].name, point.damage, drop(point.damage)))
    return trials


damages = st.lists(st.integers(1, 1000).map(lambda n: n / 1000), min_size=1, max_size=40)


@given(damages, st.data())
@settings(deadline=None)
def test_where_drops_are_proportional_the_optimum_is_found_at_once(given_, data):
    points = front(given_)
    optimum = data.draw(st.integers(0, len(points) - 2))
    target = DropTarget((0.3 * points[optimum].damage * (1 + 1e-9),))
    plain = trial("plain", 1.5, 0.45)
    trials = walk(points, lambda damage: 0.3 * damage, target, [plain])
    assert best(points, trials, target).candidate == points[optimum].candidate
    # The first guess is right; half of the target left over is worth looks in between.
    left = use(trials[1], trials, target) < 0.5
    assert trials[1].candidate == points[optimum].candidate
    assert left or len(trials) == 2


@given(damages, st.floats(0.3, 4.0), st.floats(0.001, 1.2))
@settings(deadline=None)
def test_where_they_are_not_it_takes_few_evaluations_all_the_same(given_, power, allowed):
    points = front(given_)
    target = DropTarget((allowed**power,))
    trials = walk(points, lambda d: d**power, target, [trial("plain", 1.5, 1.5**power)])
    assert len(trials) - 1 <= 2 * ceil(log2(len(points) + 1)) + 3
    result = best(points, trials, target)
    fastest = next(p for p in points if p.damage <= allowed * (1 + 1e-12))
    assert result.drops[0] <= target.max_drops[0] * (1 + 1e-6)
    assert result.candidate == fastest.candidate or use(result, trials, target) >= 0.5


@pytest.mark.parametrize("optimum", [0, 1, 15, 30, 31])
def test_a_budget_of_zero_is_bisected(optimum):
    points = front([n / 31 for n in range(1, 32)])
    harmless = points[optimum].damage
    target = DropTarget((0.0,))
    trials = walk(points, lambda d: 0.0 if d <= harmless else 0.1, target, [trial("p", 2.0, 0.2)])
    assert len(trials) <= 8
    assert best(points, trials, target).candidate == points[optimum].candidate


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([], 0),  # nothing is known: the fastest
        ([trial("plain", 1.0, 0.1)], 2),  # a response of 0.1 lets a damage of 0.1 pass
        ([trial("plain", 1.0, 0.1), trial("2", 0.1, 0.01)], None),  # 1 would cost 0.02
        # Over where it was not expected: the next that is.
        ([trial("plain", 1.0, 0.1), trial("2", 0.1, 0.02)], 3),
        ([trial("0", 0.4, 0.04), trial("1", 0.2, 0.009)], None),  # nothing in between
        ([trial("3", 0.0, 0.0)], 0),
    ],
)
def test_next_point(trials, expected):
    assert next_point(front([0.4, 0.2, 0.1]), trials, DropTarget((0.01,))) == expected


def test_a_smaller_share_aims_lower():
    points, plain = front([0.4, 0.2, 0.1]), [trial("plain", 1.0, 0.1)]
    assert next_point(points, plain, DropTarget((0.02,))) == 1
    assert next_point(points, plain, DropTarget((0.02,), share=0.5)) == 2


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (DropTarget((0.2,)), 0.5),
        (DropTarget((0.2,), share=0.5), 1.0),
        (DropTarget((0.2,), most_damage=0.25), 2.0),
        (DropTarget((0.2,), most_damage=0.0), inf),
        (DropTarget((0.0,)), inf),
    ],
)
def test_use_is_the_largest_share(target, expected):
    entry = trial("a", 0.5, 0.1)
    assert use(entry, [entry], target) == pytest.approx(expected)


def test_what_costs_nothing_uses_nothing():
    unhurt = trial("a", 0.0, 0.0)
    assert use(unhurt, [unhurt], DropTarget((0.0,), most_damage=0.0)) == 0.0


def test_the_worst_metric_decides():
    both = replace(trial("a", 0.5, 0.0), drops=(0.1, 0.3), errors=(0.0, 0.0))
    assert use(both, [both], DropTarget((0.2, 0.2))) == pytest.approx(1.5)
    half = Point(Candidate((int8_variant("b"),)), 1.0, 0.25)
    assert expected_use(half, [both], DropTarget((0.2, 0.2))) == pytest.approx(0.75)


def test_damage_is_corrected_by_what_was_measured_of_the_same_recipe():
    known = trial("a", 0.5, 0.1, factor=0.8)
    of_another_recipe = replace(trial("b", 3.0, 0.5), predicted=0.0)
    assert additivity([]) == 1.0
    assert additivity([of_another_recipe]) == 1.0
    assert additivity([known, of_another_recipe]) == pytest.approx(0.8)


def test_best_is_the_cheapest_within_and_prefers_what_has_a_price():
    points, target = front([0.4, 0.2]), DropTarget((0.1,))
    trials = [trial("2", 0.0, 0.0), trial("1", 0.2, 0.05), trial("0", 0.4, 0.3)]
    assert best(points, trials, target) is trials[1]
    assert best(points, trials[2:], target) is None
    assert best(points, [trial("x", 0.1, 0.01), trials[1]], target) is trials[1]


@pytest.mark.parametrize(("doubt", "within"), [(0.0, False), (1.0, True), (2.0, True)])
def test_a_doubt_forgives_what_may_be_noise(doubt, within):
    made = Candidate((INT8, INT8))
    trial = Trial(made, 1.0, 1.0, (0.012,), (0.004,), 100)
    assert (use(trial, [trial], DropTarget((0.01,), doubt=doubt)) <= 1) is within


@pytest.mark.parametrize(("doubt", "within"), [(0.0, False), (1.0, True)])
def test_a_drop_of_which_nothing_is_known_has_the_benefit_of_any_doubt(doubt, within):
    entry = Trial(Candidate((INT8,)), 1.0, 1.0, (0.02,), (float("inf"),), 1)
    assert (use(entry, [entry], DropTarget((0.01,), doubt=doubt)) <= 1) is within


def test_a_trial_whose_outputs_are_not_finite_is_never_within_and_teaches_nothing():
    broken, sound = trial("broken", NOT_FINITE / 32, 0.0), trial("sound", 0.1, 0.01)
    target = DropTarget((0.5,), 1.0)
    assert use(broken, [broken, sound], target) == inf
    assert use(sound, [broken, sound], target) == use(sound, [sound], target)
    assert additivity([broken, sound]) == additivity([sound])
