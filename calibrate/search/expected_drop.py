"""Estimate drops on the acceptance images with less noise than counting.

For class answers the drop is estimated from the acceptance images alone, which took no part in the
choice. For other metrics the drop model was fitted to each fold's search images.
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
    observation: Observation,
    drops: Mapping[str, Interval],
) -> dict[str, float]:
    """Estimate the drop of each metric for which a model improves on the count.

    For a metric that scores class answers this is `answer_drop` (stats/drop_estimator.py). For
    others the drop model's expectation is combined with the count. A metric that compares with FP32
    itself is left out: its noise is small, and it grows with the size of the errors rather than
    with their squares.

    Args:
        searches: one per fold.
        proposals: one per fold, not all of them FP32.
        observation: of each acceptance image by the proposal of the fold that did not search on it.
        drops: drops as counted on all acceptance images, by the metric's label.
    """
    estimates: dict[str, float] = {}
    for position, judged in enumerate(searches[0].context.resolved.metrics):
        metric = judged.metric
        if searches[0].scores.scores_answers(position):
            estimates[metric.label] = _by_answers(searches, proposals, observation, position)
        elif metric.reference == "annotation":
            counted = drops[metric.label]
            expected = _by_divergence(searches, proposals, observation, position)
            estimate, _ = combined((counted.estimate, standard_error(counted)), expected)
            estimates[metric.label] = estimate
    return estimates


def _by_answers(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    observation: Observation,
    position: int,
) -> float:
    """Estimate the drop from class answers, each candidate on all of its acceptance images."""
    indices_of: dict[Candidate, list[int]] = {}
    for search, proposal in zip(searches, proposals, strict=True):
        indices_of.setdefault(proposal.candidate, []).extend(search.fold.acceptance)
    scores = searches[0].scores
    total = sum(
        len(indices) * scores.estimate(observation, position, indices)[0]
        for candidate, indices in indices_of.items()
        if not candidate.is_fp32
    )
    return total / sum(len(indices) for indices in indices_of.values())


def _by_divergence(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    observation: Observation,
    position: int,
) -> Estimate:
    """Return the drop expected from the divergence on the acceptance images, and its error.

    Folds share their model, so their errors are correlated and add up linearly.
    """
    drop, error, images = 0.0, 0.0, 0
    for search, proposal in zip(searches, proposals, strict=True):
        indices = search.fold.acceptance
        images += len(indices)
        if proposal.trial is None:
            continue
        divergence = float(observation.divergences(indices).mean())
        expected, expected_error = search.response(position).expected(divergence)
        drop, error = drop + len(indices) * expected, error + len(indices) * expected_error
    return drop / images, error / images
