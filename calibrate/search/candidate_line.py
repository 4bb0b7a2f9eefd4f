"""One line for the terminal about a candidate that was tried."""

from collections.abc import Sequence

from calibrate.core.component import Metric
from calibrate.core.evaluator import Trial
from calibrate.core.text import drop_text


def candidate_line(number: int, trial: Trial, metrics: Sequence[Metric], *, within: bool) -> str:
    """What was tried, what it costs, and what follows.

    Args:
        number: of the candidate, from 1.
        trial: with a drop for each metric.
        metrics: in the order of the drops.
        within: whether every drop is within the search's target.

    Returns:
        `candidate 3: 24 of 29 groups quantized, accuracy@1 drop 0.60 points on 120 images,
        refused`, as one line.
    """
    groups = len(trial.candidate.precisions)
    quantized = groups - len(trial.candidate.fallen_back)
    drops = ", ".join(
        f"{metric.label} drop {drop_text(drop, metric.unit)}"
        for metric, drop in zip(metrics, trial.drops, strict=True)
    )
    outcome = "within the target" if within else "refused"
    return (
        f"candidate {number}: {quantized} of {groups} groups quantized, {drops} on {trial.images} "
        f"images, {outcome}"
    )
