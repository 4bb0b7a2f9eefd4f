"""Drops on the acceptance images with less noise than counting: what was expected weighs in.

What to expect was learned on each fold's search images, so no label of an image has a say in its
own judgement.
"""

from collections.abc import Mapping, Sequence

from calibrate.core.observation import Observation
from calibrate.core.verdict import Interval
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal
from calibrate.stats.drop_estimator import Estimate, combined
from calibrate.stats.intervals import standard_error


def model_assisted_estimates(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    seen: Observation,
    drops: Mapping[str, Interval],
) -> dict[str, float]:
    """The drop of each metric for which more is known than what was counted.

    Where the metric can say what a changed answer is expected to cost, that; elsewhere what
    damage was seen to cost. A metric that compares with FP32 itself is left out: its noise is
    small, and it grows with the size of the errors rather than with their squares.

    Args:
        searches: one a fold.
        proposals: one a fold.
        seen: on each acceptance image what was chosen without it.
        drops: as counted on all acceptance images, by the metric's label.
    """
    found: dict[str, float] = {}
    if all(proposal.trial is None for proposal in proposals):
        return found  # FP32 itself
    for position, judged in enumerate(searches[0].context.resolved.metrics):
        metric = judged.metric
        estimate = _by_answers(searches, proposals, seen, position)
        if estimate is None and metric.reference == "annotation":
            counted = drops[metric.label]
            expected = _by_damage(searches, proposals, seen, position)
            estimate = combined((counted.estimate, standard_error(counted)), expected)[0]
        if estimate is not None:
            found[metric.label] = estimate
    return found


def _by_answers(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    seen: Observation,
    position: int,
) -> float | None:
    """What is counted and what the changed answers are expected to cost; None if none can say."""
    total, images = 0.0, 0
    for mixed_precision_search, proposal in zip(searches, proposals, strict=True):
        own = mixed_precision_search.fold.acceptance
        images += len(own)
        if proposal.trial is None:
            continue
        slope = mixed_precision_search.slope(position)
        if slope is None:
            return None
        total += len(own) * mixed_precision_search.scores.combined(seen, position, own, slope)[0]
    return total / images


def _by_damage(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    seen: Observation,
    position: int,
) -> Estimate:
    """What the damage to the acceptance images is expected to cost.

    Folds share their model, so what one may be off by, the others may be off by too.
    """
    drop, error, images = 0.0, 0.0, 0
    for mixed_precision_search, proposal in zip(searches, proposals, strict=True):
        own = mixed_precision_search.fold.acceptance
        images += len(own)
        if proposal.trial is None:
            continue
        damage = float(seen.divergences(own).mean())
        expected, doubt = mixed_precision_search.response(position).expected(damage)
        drop, error = drop + len(own) * expected, error + len(own) * doubt
    return drop / images, error / images
