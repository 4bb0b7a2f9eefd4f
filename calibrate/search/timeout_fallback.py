"""The candidates to try when time ran out before all groups were measured."""

from collections.abc import Sequence
from math import ceil

from calibrate.core.precision import FP32, Candidate, Group
from calibrate.search.sensitivity import Sensitivities

_SHARES = (0.5, 0.75)
"""Shares of the groups to keep in FP32."""


def halves(groups: Sequence[Group], sensitivities: Sensitivities) -> tuple[Candidate, ...]:
    """Return candidates with half and three quarters of the groups in FP32, most sensitive first.

    Groups that were not measured count with the mean sensitivity of those that were. Among equally
    sensitive groups those nearest to either end of the network come first, where errors usually
    cost most.

    Args:
        groups: groups in network order, with the precisions that they may run at.
        sensitivities: sensitivities of the groups measured so far; may be empty.

    Returns:
        Distinct candidates that have something in FP32 and something not, the boldest first.
    """
    means = [
        sensitivities[index, group.precisions[0]].mean
        for index, group in enumerate(groups)
        if (index, group.precisions[0]) in sensitivities
    ]
    typical = sum(means) / len(means) if means else 0.0

    def rank(index: int) -> tuple[float, int]:
        measured = sensitivities.get((index, groups[index].precisions[0]))
        mean = typical if measured is None else measured.mean
        return -mean, min(index, len(groups) - 1 - index)

    order = sorted(range(len(groups)), key=rank)
    candidates: dict[Candidate, None] = {}
    for share in _SHARES:
        kept = set(order[: ceil(share * len(groups))])
        candidate = Candidate(
            tuple(
                FP32 if index in kept else group.precisions[0] for index, group in enumerate(groups)
            )
        )
        if not candidate.is_fp32:
            candidates[candidate] = None
    return tuple(candidates)
