"""Drops on the acceptance images with less noise than counting.

Of class answers the drop is estimated from the acceptance images alone, which had no say in the
choice. Of other metrics what divergence costs was learned on each fold's search images.
"""

from collections.abc import Mapping, Sequence

from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate
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

    A metric that scores class answers: `answer_drop` (stats/drop_estimator.py). Elsewhere what
    divergence was seen to cost is combined with the count. A metric that compares with FP32 itself
    is left out: its noise is small, and it grows with the size of the errors rather than with
    their squares.

    Args:
        searches: one a fold.
        proposals: one a fold, not all of them FP32.
        seen: on each acceptance image what was chosen without it.
        drops: as counted on all acceptance images, by the metric's label.
    """
    estimates: dict[str, float] = {}
    for position, judged in enumerate(searches[0].context.resolved.metrics):
        metric = judged.metric
        if searches[0].scores.scores_answers(position):
            estimates[metric.label] = _by_answers(searches, proposals, seen, position)
        elif metric.reference == "annotation":
            counted = drops[metric.label]
            expected = _by_damage(searches, proposals, seen, position)
            pair = combined((counted.estimate, standard_error(counted)), expected)
            estimates[metric.label] = pair[0]
    return estimates


def _by_answers(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    seen: Observation,
    position: int,
) -> float:
    """The drop from class answers: of each candidate on all images that it was judged on."""
    judged_on: dict[Candidate, list[int]] = {}
    for search, proposal in zip(searches, proposals, strict=True):
        judged_on.setdefault(proposal.candidate, []).extend(search.fold.acceptance)
    scores = searches[0].scores
    total = sum(
        len(indices) * scores.estimate(seen, position, indices)[0]
        for candidate, indices in judged_on.items()
        if not candidate.is_fp32
    )
    return total / sum(len(indices) for indices in judged_on.values())


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
    for search, proposal in zip(searches, proposals, strict=True):
        indices = search.fold.acceptance
        images += len(indices)
        if proposal.trial is None:
            continue
        damage = float(seen.divergences(indices).mean())
        expected, doubt = search.response(position).expected(damage)
        drop, error = drop + len(indices) * expected, error + len(indices) * doubt
    return drop / images, error / images
