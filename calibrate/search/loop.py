"""Propose and judge, and aim lower where the judges refuse."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from calibrate.context.run_context import RunContext
from calibrate.core.observation import holds_not_finite
from calibrate.search.acceptance import AcceptanceRound, judge_on_acceptance
from calibrate.search.front_walk import DropTarget
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal

_MARGIN = 0.8
"""Share of the damage that would just have used the budget up, which the last candidate may do."""

_LEAST = 1 / 16
"""Share of a refused damage that one which passed counts as having at least: FP32 has none."""

_DOUBT = 1.0
"""Standard errors that a proposal may be over budget by on its search images, but for the last."""


def search_until_accepted(searches: Sequence[MixedPrecisionSearch]) -> tuple[AcceptanceRound, ...]:
    """Propose and judge, at most the stated number of times.

    Drops grow in proportion to damage, so after a refusal the search may do as much damage as
    would have used the budget up. What noisy refusals say may be far too little, so where a
    candidate then passes and a look is left, one half-way back is judged too. Once time is up,
    one more look is for what was tried before, or FP32. Every look is paid for: the interval of
    each has the confidence that lets all of them together hold.

    Args:
        searches: one a fold.

    Returns:
        Every judgement in order.
    """
    context, variant_store = searches[0].context, searches[0].variant_store
    config = context.resolved.config
    looks: list[AcceptanceRound] = []
    targets = [
        DropTarget(
            context.scores.budgets(mixed_precision_search.fold.search), _first_share(context)
        )
        for mixed_precision_search in searches
    ]
    estimated = config.budget.accept == "estimate"
    for left in reversed(range(config.search.acceptance_looks)):
        is_last = not left or variant_store.expired()
        # What is noise on the search images is for the others to say; at the last look it counts.
        doubt = _DOUBT if estimated and not is_last else 0.0
        targets = [replace(target, doubt=doubt) for target in targets]
        proposals = _proposed(searches, targets)
        while _was_refused(proposals, looks) and any(one.trial for one in proposals):
            # What was refused damages its search images less than those that refused it.
            targets = [replace(one, most_damage=one.most_damage * _MARGIN) for one in targets]
            proposals = _proposed(searches, targets)
        if _is_known(proposals, looks):
            break
        with context.costs.stage("acceptance"):
            looks.append(judge_on_acceptance(searches, proposals))
        bearable = _bearable(looks, next_is_last=left <= 1 or variant_store.expired())
        if is_last or bearable is None or _is_fastest(looks[-1], searches[0]):
            break
        targets = [replace(target, most_damage=bearable) for target in targets]
        context.progress.note(_what_next(looks[-1]))
    return tuple(looks)


def _proposed(
    searches: Sequence[MixedPrecisionSearch], targets: Sequence[DropTarget]
) -> list[Proposal]:
    return [
        mixed_precision_search.propose(target)
        for mixed_precision_search, target in zip(searches, targets, strict=True)
    ]


def _was_refused(proposals: Sequence[Proposal], looks: Sequence[AcceptanceRound]) -> bool:
    return bool(looks) and not looks[-1].passed and _is_known(proposals, looks)


def _is_known(proposals: Sequence[Proposal], looks: Sequence[AcceptanceRound]) -> bool:
    """Whether just this was judged before."""
    return tuple(one.candidate for one in proposals) in {look.choices for look in looks}


def _is_fastest(look: AcceptanceRound, mixed_precision_search: MixedPrecisionSearch) -> bool:
    """Whether it passed with nothing in FP32 that could be made faster."""
    return (
        look.passed
        and mixed_precision_search.variant_store.is_quantized(look.candidate)
        and not mixed_precision_search.variant_store.could_be_faster(look.candidate)
    )


def _what_next(look: AcceptanceRound) -> str:
    if look.passed:
        return "The acceptance images accept this candidate; asking for a faster one."
    here = all(verdict.passed for verdict in look.verdicts)
    by = [target.execution.target for target in look.targets if not target.passed]
    where = f" on {', '.join(by)}" if here else ""
    return f"The acceptance images refuse this candidate{where}; aiming lower."


def best_round(looks: Sequence[AcceptanceRound]) -> AcceptanceRound:
    """The judgement to report: of those that passed the boldest, else the one over by the least."""
    passed = [look for look in looks if look.passed]
    if passed:
        return max(passed, key=lambda look: look.damage)
    return min(looks, key=lambda look: (holds_not_finite(look.damage), _overshoot(look)))


def _first_share(context: RunContext) -> float:
    """Part of the budget to aim at: all of it, or less where the interval has to fit too.

    For `accept: confident` half of it is left to the interval, whose width is not known before.
    """
    config = context.resolved.config
    return 1.0 if config.budget.accept == "estimate" else 0.5


def _bearable(looks: Sequence[AcceptanceRound], *, next_is_last: bool) -> float | None:
    """The damage that the next candidate may do; None if there is nothing more to ask.

    Until one passes, what would just have used the budget up by all refusals: a drop's variance
    grows with the damage, so their sums tell the slope. The last look goes by the last refusal
    alone, and keeps a margin. Once one has passed, half-way, in proportion, between the boldest
    that did and the most careful that was refused, unless they are neighbours.
    """
    passed = [look.damage for look in looks if look.passed]
    refused = [look.damage for look in looks if not look.passed]
    if not passed:
        told = looks[-1:] if next_is_last else looks
        taken = sum(max(1.0, _overshoot(look)) for look in told)
        just = min(refused[-1], sum(look.damage for look in told) / taken)
        if any(verdict.max_drop <= 0 < verdict.estimate for verdict in looks[-1].everywhere):
            # Of a budget of nothing no damage is a share: half as much, and at last none.
            just = 0.0 if next_is_last else refused[-1] / 2
        return just * _MARGIN if next_is_last else just
    if not refused or max(passed) > _MARGIN * min(refused):
        return None
    return sqrt(max(*passed, min(refused) * _LEAST) * min(refused))


def _overshoot(look: AcceptanceRound) -> float:
    """Largest drop over budget, in budgets; for a budget of zero the drop itself."""
    return max(
        verdict.estimate / verdict.max_drop if verdict.max_drop > 0 else verdict.estimate
        for verdict in look.everywhere
    )
