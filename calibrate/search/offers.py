"""Determine the precisions that the groups of a model are offered, as pure functions."""

from collections.abc import Sequence
from dataclasses import replace

from calibrate.core.precision import FP32, Candidate, Group, Precision


def with_variant(groups: Sequence[Group], variant: Precision) -> tuple[Group, ...]:
    """Return the groups with a variant of INT8 in place of the INT8 that they were offered."""
    return tuple(
        replace(
            group,
            precisions=(
                *((variant,) if group.quantizers else ()),
                *(other for other in group.precisions if other.is_float),
            ),
        )
        for group in groups
    )


def with_tuned_weights(
    groups: Sequence[Group], tuned: Precision, plain: Precision
) -> tuple[Group, ...]:
    """Return the groups with tuned weights in front of the plain ones of the same bits."""
    return tuple(
        replace(group, precisions=(tuned, *group.precisions))
        if plain in group.precisions and tuned not in group.precisions
        else group
        for group in groups
    )


def uniform_variant(plain: Candidate, first: Precision, variant: Precision) -> Candidate:
    """Return the plain candidate with a variant in place of the first precision."""
    return Candidate(tuple(variant if given == first else given for given in plain))


def is_choice(groups: Sequence[Group]) -> bool:
    """Whether a group may run at more than one kind of precision besides FP32.

    If so, a model within budget without FP32 groups need not be the cheapest. Variants of one
    kind, as tuned and plain weights of the same bits, cost the same.
    """
    return any(
        len({(p.weight_bits, p.activation_bits, p.compute_type) for p in group.precisions}) > 2
        for group in groups
    )


def is_quantized(groups: Sequence[Group], candidate: Candidate, deployed: Precision) -> bool:
    """Whether no group that could be quantized is in floating point.

    Args:
        groups: groups in network order.
        candidate: a precision for each of them.
        deployed: floating point without pinning.
    """
    return not any(
        precision in (FP32, deployed)
        and any(not p.is_float or p.compresses_weights for p in group.precisions)
        for group, precision in zip(groups, candidate, strict=True)
    )
