"""One line for the terminal about a candidate that was judged."""

from collections.abc import Sequence

from calibrate.core.component import Metric
from calibrate.core.text import drop_text
from calibrate.search.decisions import Decision


def candidate_line(number: int, decision: Decision, metrics: Sequence[Metric]) -> str:
    """Return the candidate's number, the decision, and the drops that it rests on.

    Args:
        number: number of the candidate, from 1.
        decision: decision with a drop for each metric.
        metrics: metrics in the order of the drops.

    Returns:
        `candidate 3 rejected: 24/29 quantized, accuracy@1 drop 0.60 points (120 samples)` by the
        search, `candidate 3 accepted: accuracy@1 drop 0.05 points (500 acceptance samples)` after
        it was proposed.
    """
    drops = ", ".join(
        f"{metric.label} drop {drop_text(drop, metric.unit)}"
        for metric, drop in zip(metrics, decision.drops, strict=True)
    )
    if decision.judged_on == "acceptance":
        outcome = "accepted" if decision.passed else "refused"
        by = f" for {', '.join(decision.refused_by)}" if decision.refused_by else ""
        return f"candidate {number} {outcome}{by}: {drops} ({decision.images} acceptance samples)"
    groups = len(decision.candidate.precisions)
    floats = sum(
        precision.is_float and not precision.compresses_weights for precision in decision.candidate
    )
    return (
        f"candidate {number} {'proposed' if decision.passed else 'rejected'}: {groups - floats}/"
        f"{groups} quantized, {drops} ({decision.images} samples)"
    )
