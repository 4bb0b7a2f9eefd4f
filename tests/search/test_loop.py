from types import SimpleNamespace

import pytest

from calibrate.context.dataset import Fold
from calibrate.core.costs import Costs
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate, int8_variant
from calibrate.core.progress import NoProgress
from calibrate.core.verdict import Interval, Verdict
from calibrate.search import loop as seeking
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.front_walk import DropTarget
from calibrate.search.loop import best_round, search_until_accepted
from calibrate.search.mixed_precision import Proposal

GROUPS = 3


def candidate(kept: int) -> Candidate:
    return Candidate((FP32,) * kept + (INT8,) * (GROUPS - kept))


def proposal(kept: int, damage: float = 1.0) -> Proposal:
    """The candidate that keeps so many groups; FP32 itself has no trial."""
    made = candidate(kept)
    trial = Trial(made, damage, damage, (0.0,), (0.0,), 100) if kept < GROUPS else None
    return Proposal(made, trial, 0.5)


def verdict(drop: float, max_drop: float = 0.01) -> Verdict:
    interval = Interval(drop, drop - 0.1, drop + 0.1, 0.95, "paired t", 100)
    outcome = "accepted" if drop <= max_drop else "over"
    return Verdict("accuracy@1", interval, max_drop, drop, drop - 0.1, "undecided", outcome)


def judged_as(proposals: list[Proposal], *verdicts: Verdict) -> AcceptanceRound:
    """Judged by an image a proposal, on which it damages what it did on its search images."""
    damages = {i: one.trial.damage for i, one in enumerate(proposals) if one.trial is not None}
    judges = tuple((index,) for index in range(len(proposals)))
    seen = Observation(divergence=damages)
    return AcceptanceRound(tuple(proposals), proposals[0].candidate, judges, seen, verdicts)


@pytest.fixture
def search(monkeypatch):
    """A search that proposes what it is told to, and acceptance images that say a drop each."""

    def make(
        proposals: list[Proposal], drops: list[float], looks: int = 3, expires: int = 99
    ) -> tuple[SimpleNamespace, list[DropTarget]]:
        targets: list[DropTarget] = []

        def propose(target: DropTarget) -> Proposal:
            targets.append(target)
            return proposals[len(targets) - 1]

        by_candidate = {one.candidate: drop for one, drop in zip(proposals, drops, strict=True)}
        monkeypatch.setattr(
            seeking,
            "judge_on_acceptance",
            lambda _, given: judged_as(given, verdict(by_candidate[given[0].candidate])),
        )
        config = SimpleNamespace(
            search=SimpleNamespace(acceptance_looks=looks),
            budget=SimpleNamespace(accept="estimate", confidence=0.95),
        )
        context = SimpleNamespace(
            resolved=SimpleNamespace(config=config),
            scores=SimpleNamespace(budgets=lambda _: (0.01,)),
            costs=Costs(lambda: 0.0),
            progress=NoProgress(),
        )
        mixed_precision_search = SimpleNamespace(
            context=context,
            fold=Fold((0, 1), (2, 3)),
            propose=propose,
            variant_store=SimpleNamespace(
                expired=lambda: len(targets) >= expires,
                is_quantized=lambda candidate: not candidate.fallen_back,
                could_be_faster=lambda candidate: False,
            ),
        )
        return [mixed_precision_search], targets

    return make


def test_the_first_that_passes_ends_it(search):
    mixed_precision_search, targets = search([proposal(0)], [0.005])
    looks = search_until_accepted(mixed_precision_search)
    assert [look.passed for look in looks] == [True]
    assert targets == [DropTarget((0.01,), doubt=1.0)]


def test_a_refusal_aims_lower_by_what_it_showed(search):
    mixed_precision_search, targets = search(
        [proposal(0, 4.0), proposal(1, 1.0)], [0.04, 0.002], looks=2
    )
    looks = search_until_accepted(mixed_precision_search)
    assert [look.passed for look in looks] == [False, True]
    # Four budgets of drop at a damage of 4: one budget is a damage of 1, less a margin.
    assert [target.most_damage for target in targets] == [float("inf"), pytest.approx(0.8)]


@pytest.mark.parametrize(("looks", "most"), [(4, 5 / 7), (3, 0.8 / 3)])
def test_all_refusals_tell_what_may_be_borne_but_for_the_last_look(search, looks, most):
    # Four budgets at a damage of 4, three at 1.
    proposals = [proposal(0, 4.0), proposal(1, 1.0), proposal(2, 0.2)]
    mixed_precision_search, targets = search(
        [*proposals, proposals[2]], [0.04, 0.03, 0.009, 0.009], looks=looks
    )
    search_until_accepted(mixed_precision_search)
    assert targets[1].most_damage == pytest.approx(1.0)
    assert targets[2].most_damage == pytest.approx(most)


def test_a_near_miss_takes_the_margin_all_the_same(search):
    mixed_precision_search, targets = search([proposal(0, 4.0), proposal(1, 1.0)], [0.01, 0.002])
    looks = search_until_accepted(mixed_precision_search)
    assert len(looks) == 1
    mixed_precision_search, targets = search(
        [proposal(0, 4.0), proposal(1, 1.0)], [0.0100001, 0.002], looks=2
    )
    search_until_accepted(mixed_precision_search)
    assert targets[1].most_damage == pytest.approx(3.2, rel=1e-3)


@pytest.mark.parametrize(("drop", "reported"), [(0.008, 1), (0.02, 2)])
def test_what_passed_with_room_is_asked_for_more(search, drop, reported):
    proposals = [proposal(0, 4.0), proposal(2, 0.25), proposal(1, 1.0)]
    mixed_precision_search, targets = search(proposals, [0.05, 0.001, drop])
    looks = search_until_accepted(mixed_precision_search)
    # Half-way in proportion between what passed and what did not; a look like any other.
    assert targets[2].most_damage == pytest.approx(1.0)
    assert len(looks) == 3
    assert best_round(looks).candidate == candidate(reported)


def test_neighbours_leave_nothing_to_ask(search):
    mixed_precision_search, _ = search([proposal(0, 4.0), proposal(1, 3.9)], [0.0100001, 0.002])
    assert len(search_until_accepted(mixed_precision_search)) == 2


def test_looks_are_counted(search):
    mixed_precision_search, _ = search([proposal(0), proposal(1)], [0.04, 0.03], looks=2)
    assert [look.passed for look in search_until_accepted(mixed_precision_search)] == [False, False]


def test_the_last_look_is_not_spent_on_a_doubt(search):
    mixed_precision_search, targets = search(
        [proposal(0), proposal(1), proposal(2)], [0.04, 0.03, 0.02], looks=3
    )
    search_until_accepted(mixed_precision_search)
    assert [target.doubt for target in targets] == [1.0, 1.0, 0.0]


def test_nobody_looks_twice_at_one_candidate(search):
    again = proposal(1, 1.0)
    mixed_precision_search, targets = search([proposal(0, 4.0), again, again], [0.05, 0.001, 0.001])
    assert len(search_until_accepted(mixed_precision_search)) == 2
    assert len(targets) == 3


def test_what_was_refused_is_not_proposed_again(search):
    again, other = proposal(0, 4.0), proposal(1, 1.0)
    mixed_precision_search, targets = search(
        [again, again, again, other, other], [*[0.02] * 3, *[0.001] * 2]
    )
    assert [look.passed for look in search_until_accepted(mixed_precision_search)] == [False, True]
    # Two budgets at a damage of 4, and less each time.
    assert [one.most_damage for one in targets[1:4]] == pytest.approx([2.0, 1.6, 1.28])


@pytest.mark.parametrize(("expires", "looks"), [(0, 1), (1, 2), (2, 3)])
def test_out_of_time_one_more_look_without_the_benefit_of_the_doubt(search, expires, looks):
    proposals = [proposal(kept, 4.0 / (1 + kept)) for kept in range(GROUPS)]
    mixed_precision_search, targets = search(
        proposals, [0.04, 0.03, 0.02], looks=4, expires=expires
    )
    assert len(search_until_accepted(mixed_precision_search)) == looks
    assert [target.doubt for target in targets] == [1.0] * (looks - 1) + [0.0]


def test_fp32_is_the_last_resort(search):
    mixed_precision_search, targets = search(
        [proposal(0, 4.0), proposal(GROUPS), proposal(1, 1.0)], [0.04, 0.0, 0.04]
    )
    looks = search_until_accepted(mixed_precision_search)
    assert targets[2].most_damage == pytest.approx(1.0)
    assert best_round(looks).candidate == candidate(GROUPS)
    assert best_round(looks).passed


def judged(kept: int, *verdicts: Verdict) -> AcceptanceRound:
    return judged_as([proposal(kept)], *verdicts)


def test_the_one_that_passed_is_reported():
    looks = [judged(0, verdict(0.04)), judged(1, verdict(0.001))]
    assert best_round(looks) is looks[1]


def test_else_the_one_that_is_over_by_the_least():
    looks = [judged(0, verdict(0.02)), judged(1, verdict(0.03)), judged(2, verdict(0.015))]
    assert best_round(looks) is looks[2]


def test_every_metric_has_to_pass():
    one = judged(0, verdict(0.001), verdict(0.5, max_drop=0.4))
    assert not one.passed
    # Over by a quarter of its budget, where the other is over by half of its own.
    assert best_round([judged(1, verdict(0.015)), one]) is one


def test_nothing_is_faster_than_everything_in_int8(search):
    cured = Candidate((int8_variant("kernel-bias"),) * GROUPS)
    trial = Trial(cured, 1.0, 1.0, (0.0,), (0.0,), 100)
    mixed_precision_search, targets = search(
        [proposal(0, 4.0), Proposal(cured, trial, 0.5)], [0.05, 0.001]
    )
    assert [look.passed for look in search_until_accepted(mixed_precision_search)] == [False, True]
    assert len(targets) == 2


def test_a_budget_of_nothing_aims_at_half_and_at_last_at_none(search, monkeypatch):
    proposals = [proposal(0, 4.0), proposal(1, 1.5), proposal(GROUPS)]
    mixed_precision_search, targets = search(proposals, [0.02, 0.01, 0.0])
    monkeypatch.setattr(
        seeking,
        "judge_on_acceptance",
        lambda _, given: judged_as(
            given, verdict(0.0 if given[0].trial is None else 0.02, max_drop=0.0)
        ),
    )
    looks = search_until_accepted(mixed_precision_search)
    assert [target.most_damage for target in targets] == [float("inf"), 2.0, 0.0]
    assert best_round(looks).candidate == candidate(GROUPS)


def test_fp32_that_was_refused_is_not_asked_for_for_ever(search):
    """No budget refuses it; should one, there is nothing more careful to propose."""
    mixed_precision_search, targets = search([proposal(GROUPS)] * 2, [0.04] * 2)
    assert len(search_until_accepted(mixed_precision_search)) == 1
    assert len(targets) == 2
