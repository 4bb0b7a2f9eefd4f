"""One line for the terminal about a candidate that was judged."""

from collections.abc import Sequence

from calibrate.core.component import Metric
from calibrate.core.text import drop_text
from calibrate.search.decisions import Decision


def candidate_line(number: int, decision: Decision, metrics: Sequence[Metric]) -> str:
    """What was judged, what it costs, and what follows.

    Args:
        number: of the candidate, from 1.
        decision: with a drop for each metric.
        metrics: in the order of the drops.

    Returns:
        `candidate 3: 24 of 29 groups quantized, accuracy@1 drop 0.60 points on 120 search images,
        rejected`, as one line.
    """
    groups = len(decision.candidate.precisions)
    floats = sum(
        precision.is_float and not precision.compresses_weights for precision in decision.candidate
    )
    drops = ", ".join(
        f"{metric.label} drop {drop_text(drop, metric.unit)}"
        for metric, drop in zip(metrics, decision.drops, strict=True)
    )
    outcome = {
        ("search", True): "proposed",
        ("search", False): "rejected",
        ("acceptance", True): "accepted",
        ("acceptance", False): "refused",
    }[decision.judged_on, decision.passed]
    by = f" for {', '.join(decision.refused_by)}" if decision.refused_by else ""
    return (
        f"candidate {number}: {groups - floats} of {groups} groups quantized, {drops} on "
        f"{decision.images} {decision.judged_on} images, {outcome}{by}"
    )
