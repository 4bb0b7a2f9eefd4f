"""Propose candidates until the acceptance images accept one; allow less drop after a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Protocol

from calibrate.core.observation import holds_not_finite
from calibrate.core.precision import Candidate
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.front_walk import DropTarget
from calibrate.search.mixed_precision import Proposal

_MARGIN = 0.8
"""The last candidate may reach this share of the divergence that would just use up the budget."""

_LEAST = 1 / 16
"""A passing candidate counts with at least this share of a refused divergence: FP32 has none."""

_DOUBT = 1.0
"""Standard errors by which a proposal may exceed its budget on the search images before the last
round."""


class FoldSearches(Protocol):
    """The searches of all folds, as the loop uses them."""

    def budgets(self) -> Sequence[tuple[float, ...]]:
        """Return each metric's absolute budget on the search images of each fold."""
        ...

    def propose(self, targets: Sequence[DropTarget]) -> list[Proposal]:
        """Return the cheapest candidate of each fold that is expected within its target."""
        ...

    def judge(self, proposals: Sequence[Proposal]) -> AcceptanceRound:
        """Measure the drops of the folds' proposals on their acceptance images."""
        ...

    def is_fastest(self, candidate: Candidate) -> bool:
        """Whether no choice of precisions can be clearly faster than this one."""
        ...

    def expired(self) -> bool:
        """Whether the time of the search is up."""
        ...

    def note(self, text: str) -> None:
        """Show a message to the user."""
        ...


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """The config's options of the loop.

    Attributes:
        rounds: the most acceptance rounds.
        accept_estimates: whether the estimated drop decides; else the whole interval has to be
            within the budget.
    """

    rounds: int
    accept_estimates: bool

    @property
    def first_share(self) -> float:
        """The share of the budget to aim at first: all of it, or half if the interval decides.

        The other half is left to the interval, whose width is not known beforehand.
        """
        return 1.0 if self.accept_estimates else 0.5


def search_until_accepted(
    searches: FoldSearches, options: LoopOptions
) -> tuple[AcceptanceRound, ...]:
    """Propose and evaluate candidates for at most `options.rounds` rounds.

    Drops grow in proportion to the divergence from FP32. So after a refusal the next candidate may
    diverge by as much as would just have used up the budget. Noisy refusals may set that bound far
    too low, so if a candidate then passes and a round is left, one that diverges by the geometric
    mean of both is evaluated too. Once time is up, one more round evaluates a candidate that was
    tried before, or FP32. The confidence of each round's intervals is chosen so that the intervals
    of all rounds hold jointly.

    Args:
        searches: searches of all folds.
        options: options of the config.

    Returns:
        All rounds in order.
    """
    rounds: list[AcceptanceRound] = []
    targets = [DropTarget(budgets, options.first_share) for budgets in searches.budgets()]
    for rounds_left in reversed(range(options.rounds)):
        is_last = not rounds_left or searches.expired()
        # Before the last round, the acceptance images decide whether an excess is only noise.
        doubt = _DOUBT if options.accept_estimates and not is_last else 0.0
        targets = [replace(target, doubt=doubt) for target in targets]
        proposals = searches.propose(targets)
        while _was_refused(proposals, rounds) and any(proposal.trial for proposal in proposals):
            # The refused candidate diverges more on the acceptance images than on these.
            targets = [
                replace(target, most_damage=target.most_damage * _MARGIN) for target in targets
            ]
            proposals = searches.propose(targets)
        if _is_known(proposals, rounds):
            break
        rounds.append(searches.judge(proposals))
        largest = _largest_divergence(rounds, next_is_last=rounds_left <= 1 or searches.expired())
        passed_fastest = rounds[-1].passed and searches.is_fastest(rounds[-1].candidate)
        if is_last or largest is None or passed_fastest:
            break
        targets = [replace(target, most_damage=largest) for target in targets]
        wanted = "faster" if rounds[-1].passed else "less divergent"
        searches.note(f"Acceptance rounds left: {rounds_left}; the next candidate is {wanted}.")
    return tuple(rounds)


def _was_refused(proposals: Sequence[Proposal], rounds: Sequence[AcceptanceRound]) -> bool:
    return bool(rounds) and not rounds[-1].passed and _is_known(proposals, rounds)


def _is_known(proposals: Sequence[Proposal], rounds: Sequence[AcceptanceRound]) -> bool:
    """Whether these candidates were evaluated in an earlier round."""
    return tuple(proposal.candidate for proposal in proposals) in {
        round_.choices for round_ in rounds
    }


def best_round(rounds: Sequence[AcceptanceRound]) -> AcceptanceRound:
    """Return the round to report: the passing one of most divergence, else the smallest excess."""
    passed = [round_ for round_ in rounds if round_.passed]
    if passed:
        return max(passed, key=lambda round_: round_.damage)
    return min(rounds, key=lambda round_: (holds_not_finite(round_.damage), _overshoot(round_)))


def _largest_divergence(rounds: Sequence[AcceptanceRound], *, next_is_last: bool) -> float | None:
    """Return the divergence that the next candidate may have; None to stop.

    Until a candidate passes, this is what would just have used up the budget according to all
    refusals: a drop's variance grows with the divergence, so the ratio of sums estimates the slope.
    The last round uses the last refusal alone and keeps a margin. Once a candidate has passed, it
    is the geometric mean of the largest that passed and the smallest that was refused, unless they
    are close.
    """
    passed = [round_.damage for round_ in rounds if round_.passed]
    refused = [round_.damage for round_ in rounds if not round_.passed]
    if not passed:
        refusals = rounds[-1:] if next_is_last else rounds
        taken = sum(max(1.0, _overshoot(round_)) for round_ in refusals)
        bound = min(refused[-1], sum(round_.damage for round_ in refusals) / taken)
        if any(verdict.max_drop <= 0 < verdict.estimate for verdict in rounds[-1].everywhere):
            # With a budget of zero: half the refused divergence, and none in the last round.
            bound = 0.0 if next_is_last else refused[-1] / 2
        return bound * _MARGIN if next_is_last else bound
    if not refused or max(passed) > _MARGIN * min(refused):
        return None
    return sqrt(max(*passed, min(refused) * _LEAST) * min(refused))


def _overshoot(round_: AcceptanceRound) -> float:
    """Return the largest ratio of drop to budget; for a budget of zero the drop itself."""
    return max(
        verdict.estimate / verdict.max_drop if verdict.max_drop > 0 else verdict.estimate
        for verdict in round_.everywhere
    )
