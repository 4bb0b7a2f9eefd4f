from collections.abc import Sequence

import pytest

from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, INT8, Candidate, int8_variant
from calibrate.core.verdict import Interval, Verdict
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.front_walk import DropTarget
from calibrate.search.loop import LoopOptions, best_round, search_until_accepted
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
    damages = {
        i: entry.trial.damage for i, entry in enumerate(proposals) if entry.trial is not None
    }
    judges = tuple((index,) for index in range(len(proposals)))
    observation = Observation(divergence=damages)
    return AcceptanceRound(tuple(proposals), proposals[0].candidate, judges, observation, verdicts)


class Scripted:
    """Searches that propose candidates in a fixed order, whose drops are given."""

    def __init__(self, proposals: list[Proposal], drops: list[float], expires: int) -> None:
        self.proposals, self.expires = proposals, expires
        self.max_drop = 0.01
        self.drops = {
            proposal.candidate: drop for proposal, drop in zip(proposals, drops, strict=True)
        }
        self.targets: list[DropTarget] = []

    def budgets(self) -> list[tuple[float, ...]]:
        return [(0.01,)]

    def propose(self, targets: Sequence[DropTarget]) -> list[Proposal]:
        self.targets.extend(targets)
        return [self.proposals[len(self.targets) - 1]]

    def judge(self, proposals: Sequence[Proposal]) -> AcceptanceRound:
        drop = self.drops[proposals[0].candidate]
        return judged_as(list(proposals), verdict(drop, self.max_drop))

    def is_fastest(self, candidate: Candidate) -> bool:
        return not candidate.fallen_back

    def expired(self) -> bool:
        return len(self.targets) >= self.expires

    def note(self, text: str) -> None:
        assert text.endswith(".")


def search(
    proposals: list[Proposal], drops: list[float], looks: int = 3, expires: int = 99
) -> tuple[Scripted, LoopOptions]:
    return Scripted(proposals, drops, expires), LoopOptions(looks, accept_estimates=True)


def test_the_first_that_passes_ends_it():
    searches, options = search([proposal(0)], [0.005])
    looks = search_until_accepted(searches, options)
    assert [look.passed for look in looks] == [True]
    assert searches.targets == [DropTarget((0.01,), doubt=1.0)]


def test_a_refusal_aims_lower_by_what_it_showed():
    searches, options = search([proposal(0, 4.0), proposal(1, 1.0)], [0.04, 0.002], looks=2)
    looks = search_until_accepted(searches, options)
    assert [look.passed for look in looks] == [False, True]
    # Four budgets of drop at a damage of 4: one budget is a damage of 1, less a margin.
    assert [target.most_damage for target in searches.targets] == [float("inf"), pytest.approx(0.8)]


@pytest.mark.parametrize(("looks", "most"), [(4, 5 / 7), (3, 0.8 / 3)])
def test_all_refusals_tell_what_may_be_borne_but_for_the_last_look(looks, most):
    # Four budgets at a damage of 4, three at 1.
    proposals = [proposal(0, 4.0), proposal(1, 1.0), proposal(2, 0.2)]
    searches, options = search([*proposals, proposals[2]], [0.04, 0.03, 0.009, 0.009], looks=looks)
    search_until_accepted(searches, options)
    assert searches.targets[1].most_damage == pytest.approx(1.0)
    assert searches.targets[2].most_damage == pytest.approx(most)


def test_a_near_miss_takes_the_margin_all_the_same():
    searches, options = search([proposal(0, 4.0), proposal(1, 1.0)], [0.01, 0.002])
    looks = search_until_accepted(searches, options)
    assert len(looks) == 1
    searches, options = search([proposal(0, 4.0), proposal(1, 1.0)], [0.0100001, 0.002], looks=2)
    search_until_accepted(searches, options)
    assert searches.targets[1].most_damage == pytest.approx(3.2, rel=1e-3)


@pytest.mark.parametrize(("drop", "reported"), [(0.008, 1), (0.02, 2)])
def test_what_passed_with_room_is_asked_for_more(drop, reported):
    proposals = [proposal(0, 4.0), proposal(2, 0.25), proposal(1, 1.0)]
    searches, options = search(proposals, [0.05, 0.001, drop])
    looks = search_until_accepted(searches, options)
    # Half-way in proportion between what passed and what did not; a look like any other.
    assert searches.targets[2].most_damage == pytest.approx(1.0)
    assert len(looks) == 3
    assert best_round(looks).candidate == candidate(reported)


def test_neighbours_leave_nothing_to_ask():
    searches, options = search([proposal(0, 4.0), proposal(1, 3.9)], [0.0100001, 0.002])
    assert len(search_until_accepted(searches, options)) == 2


def test_looks_are_counted():
    searches, options = search([proposal(0), proposal(1)], [0.04, 0.03], looks=2)
    assert [look.passed for look in search_until_accepted(searches, options)] == [False, False]


def test_the_last_look_is_not_spent_on_a_doubt():
    searches, options = search([proposal(0), proposal(1), proposal(2)], [0.04, 0.03, 0.02], looks=3)
    search_until_accepted(searches, options)
    assert [target.doubt for target in searches.targets] == [1.0, 1.0, 0.0]


def test_no_candidate_is_judged_twice():
    again = proposal(1, 1.0)
    searches, options = search([proposal(0, 4.0), again, again], [0.05, 0.001, 0.001])
    assert len(search_until_accepted(searches, options)) == 2
    assert len(searches.targets) == 3


def test_what_was_refused_is_not_proposed_again():
    again, other = proposal(0, 4.0), proposal(1, 1.0)
    searches, options = search([again, again, again, other, other], [*[0.02] * 3, *[0.001] * 2])
    assert [look.passed for look in search_until_accepted(searches, options)] == [False, True]
    # Two budgets at a damage of 4, and less each time.
    assert [entry.most_damage for entry in searches.targets[1:4]] == pytest.approx([2.0, 1.6, 1.28])


@pytest.mark.parametrize(("expires", "looks"), [(0, 1), (1, 2), (2, 3)])
def test_out_of_time_one_more_look_without_the_benefit_of_the_doubt(expires, looks):
    proposals = [proposal(kept, 4.0 / (1 + kept)) for kept in range(GROUPS)]
    searches, options = search(proposals, [0.04, 0.03, 0.02], looks=4, expires=expires)
    assert len(search_until_accepted(searches, options)) == looks
    assert [target.doubt for target in searches.targets] == [1.0] * (looks - 1) + [0.0]


def test_fp32_is_the_last_resort():
    searches, options = search(
        [proposal(0, 4.0), proposal(GROUPS), proposal(1, 1.0)], [0.04, 0.0, 0.04]
    )
    looks = search_until_accepted(searches, options)
    assert searches.targets[2].most_damage == pytest.approx(1.0)
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
    entry = judged(0, verdict(0.001), verdict(0.5, max_drop=0.4))
    assert not entry.passed
    # Over by a quarter of its budget, where the other is over by half of its own.
    assert best_round([judged(1, verdict(0.015)), entry]) is entry


def test_nothing_is_faster_than_everything_in_int8():
    cured = Candidate((int8_variant("kernel-bias"),) * GROUPS)
    trial = Trial(cured, 1.0, 1.0, (0.0,), (0.0,), 100)
    searches, options = search([proposal(0, 4.0), Proposal(cured, trial, 0.5)], [0.05, 0.001])
    assert [look.passed for look in search_until_accepted(searches, options)] == [False, True]
    assert len(searches.targets) == 2


def test_a_budget_of_nothing_aims_at_half_and_at_last_at_none():
    proposals = [proposal(0, 4.0), proposal(1, 1.5), proposal(GROUPS)]
    searches, options = search(proposals, [0.02, 0.01, 0.0])
    searches.max_drop = 0.0
    looks = search_until_accepted(searches, options)
    assert [target.most_damage for target in searches.targets] == [float("inf"), 2.0, 0.0]
    assert best_round(looks).candidate == candidate(GROUPS)


def test_fp32_that_was_refused_is_not_asked_for_for_ever():
    """No budget refuses it; should one, there is nothing more careful to propose."""
    searches, options = search([proposal(GROUPS)] * 2, [0.04] * 2)
    assert len(search_until_accepted(searches, options)) == 1
    assert len(searches.targets) == 2
