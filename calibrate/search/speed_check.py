"""The speed check: the answer is never slower than another accepted candidate."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov

from calibrate.context.measurement_store import MeasurementStore
from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import FP32, Candidate, ComputeType, Group
from calibrate.core.tensors import Tensors
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.profiling import Executed
from calibrate.search.acceptance import AcceptanceRound, judge_on_acceptance
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal
from calibrate.search.variant_store import VariantStore
from calibrate.stats.median_interval import median_interval

_NAMED = 3

FLOAT = "float"
"""Name of a rival: nothing quantized, everything in the deployment's reduced floating point."""

PLAIN = "int8"
"""Name of a rival: everything quantized by NNCF's defaults."""

REQUANTIZED = "requantized"
"""Name of a rival: the answer with groups in INT8 that are in floating point for speed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer of the speed check.

    Attributes:
        answer: the round of the model to write.
        rounds: every acceptance round that an INT8 or BF16 model had, those of rivals included.
        note: note for the report, possibly empty.
    """

    answer: AcceptanceRound
    rounds: tuple[AcceptanceRound, ...]
    note: str = ""


def rivals(variant_store: VariantStore, answer: AcceptanceRound) -> dict[str, Candidate]:
    """Return the candidates that the answer must not be slower than, if they are accepted too."""
    candidates = {PLAIN: variant_store.plain}
    if variant_store.reduced is not None:
        candidates[FLOAT] = variant_store.reduced
    quantized = requantized(
        variant_store.groups, variant_store.measured.group_costs, answer.candidate
    )
    if quantized != answer.candidate:
        candidates[REQUANTIZED] = quantized
    return {
        name: candidate for name, candidate in candidates.items() if candidate != answer.candidate
    }


def requantized(groups: Sequence[Group], costs: GroupCosts, candidate: Candidate) -> Candidate:
    """Return the candidate with groups quantized that are in floating point only for speed."""
    precisions = list(candidate)
    for index, group in enumerate(groups):
        quantized = [p for p in group.precisions if not p.is_float]
        in_float = candidate.precisions[index].is_float and bool(quantized)
        if in_float and not gains_by_another(groups, costs, index, candidate):
            precisions[index] = quantized[0]
    return Candidate(tuple(precisions))


def gains_by_another(
    groups: Sequence[Group], costs: GroupCosts, index: int, candidate: Candidate
) -> bool:
    """Whether the candidate would cost less with a group at another precision it may run at.

    Conversions are included.

    True if costs were not measured.

    Args:
        groups: groups in network order.
        costs: costs of groups and their boundaries.
        index: index of the group.
        candidate: candidate in which it is in floating point.
    """
    if not costs.groups or candidate.precisions[index] not in costs.groups[index]:
        return True
    chosen = candidate.precisions[index]
    others = [p for p in groups[index].precisions if p != chosen and p in costs.groups[index]]
    boundaries = {pair: extra for pair, extra in costs.boundaries.items() if index in pair}

    def cost(changed: Candidate) -> float:
        types = [precision.compute_type for precision in changed]
        crossed = sum(
            extra.get(frozenset((types[first], types[second])), 0.0)
            for (first, second), extra in boundaries.items()
        )
        return costs.groups[index][changed.precisions[index]] + crossed

    present_cost = cost(candidate)
    return not others or any(cost(candidate.replaced(index, p)) < present_cost for p in others)


def enforce_speed(
    searches: Sequence[MixedPrecisionSearch],
    rounds: Sequence[AcceptanceRound],
    answer: AcceptanceRound,
    timings: Mapping[str, Timing],
    models: Mapping[str, ov.Model],
) -> Judged:
    """Return the answer, an accepted rival that is faster, or FP32 if neither is faster than it.

    For `objective: size` a smaller model may be slower; the note says so.

    Args:
        searches: searches of this run, one per fold.
        rounds: all acceptance rounds.
        answer: the best of them.
        timings: timings of `fp32`, `result` and the rivals, interleaved.
        models: `fp32` and `result`.
    """
    context = searches[0].context
    config, deployed = context.resolved.config.search, context.baseline.compute_type
    all_rounds = tuple(rounds)
    if answer.candidate.is_fp32:
        return Judged(answer, all_rounds)
    if config.objective == "size":
        ratio = _speed(timings["result"], timings["fp32"], config.objective)
        if ratio >= 1:
            return Judged(answer, all_rounds)
        reason = _slowest(context.store, context.data.tensors, models, deployed)
        note = (
            f"The objective is size, and the result runs at {ratio:.2f} of FP32's speed; {reason}."
        )
        return Judged(answer, all_rounds, note)
    for name, candidate in _faster_rivals(searches[0].variant_store, answer, timings):
        all_rounds, judged = _judged(searches, all_rounds, candidate)
        if judged is not None and judged.passed:
            return Judged(judged, all_rounds, _NOTES[name])
    ratio = _speed(timings["result"], timings["fp32"], config.objective)
    if ratio >= 1:
        return Judged(answer, all_rounds)
    everything = Candidate(tuple(FP32 for _ in searches[0].variant_store.groups))
    fp32 = judge_on_acceptance(searches, [Proposal(everything, None, 0.0)] * len(searches))
    slowest = _slowest(context.store, context.data.tensors, models, deployed)
    return Judged(
        fp32,
        all_rounds,
        f"The result of the search reaches {ratio:.2f} of FP32's speed on this CPU, so FP32 is "
        f"written; {slowest}.",
    )


_NOTES = {
    PLAIN: "Plain INT8 was accepted too and is faster than the candidate that the search chose, "
    "so it is written.",
    FLOAT: "The model without quantization was accepted and, as it is deployed, is faster than the "
    "candidate that the search chose, so it is written.",
    REQUANTIZED: "No layer stays in floating point for speed alone: with such layers in INT8 the "
    "whole model is not slower beyond noise.",
}


def is_clearly_faster(first: Timing, second: Timing) -> bool:
    """Whether one model was faster than another beyond noise, round by round."""
    ratios = [a / b for a, b in zip(first.ratios, second.ratios, strict=True)]
    return median_interval(ratios)[0] > 1


def _faster_rivals(
    variant_store: VariantStore, answer: AcceptanceRound, timings: Mapping[str, Timing]
) -> list[tuple[str, Candidate]]:
    """Return the rivals that win against the answer, fastest first.

    A rival has to be faster beyond noise. Groups stay in floating point for speed only if that is
    faster beyond noise, so the requantized rival wins a draw.
    """
    result = timings["result"]
    winners = []
    for name, candidate in rivals(variant_store, answer).items():
        if name not in timings:
            continue
        wins = (
            not is_clearly_faster(result, timings[name])
            if name == REQUANTIZED
            else is_clearly_faster(timings[name], result)
        )
        if wins:
            winners.append((name, candidate))
    return sorted(winners, key=lambda winner: timings[winner[0]].latency_ms)


def _judged(
    searches: Sequence[MixedPrecisionSearch],
    rounds: tuple[AcceptanceRound, ...],
    candidate: Candidate,
) -> tuple[tuple[AcceptanceRound, ...], AcceptanceRound | None]:
    """Return all rounds and the candidate's; run the latter if it is missing and a round is left.

    The confidence of every interval allows for `search.acceptance_looks` rounds in all.
    """
    earlier = next((round_ for round_ in rounds if set(round_.choices) == {candidate}), None)
    if earlier is not None:
        return rounds, earlier
    if len(rounds) >= searches[0].context.resolved.config.search.acceptance_looks:
        return rounds, None
    proposals = [search.proposal_of(candidate) for search in searches]
    judged = judge_on_acceptance(searches, proposals)
    return (*rounds, judged), judged


def _speed(timing: Timing, fp32: Timing, objective: str) -> float:
    """Return the speed relative to FP32, in the objective's measure."""
    if objective == "throughput":
        return timing.throughput / fp32.throughput
    return statistics.median(a / b for a, b in zip(timing.ratios, fp32.ratios, strict=True))


def _slowest(
    store: MeasurementStore,
    tensors: Tensors,
    models: Mapping[str, ov.Model],
    deployed: ComputeType,
) -> str:
    """Describe where the result loses time, from the plugin's counters."""
    before = _by_name(store.profile(models["fp32"], tensors, store.costs))
    after = store.profile(models["result"], tensors, store.costs, compute_type=deployed)
    slowdowns = [
        (node.microseconds - sum(before.get(name, 0.0) for name in node.names), node)
        for node in after
    ]
    worst = sorted((pair for pair in slowdowns if pair[0] > 0), key=lambda pair: -pair[0])[:_NAMED]
    if not worst:
        return "the plugin's counters show no layer that is slower"
    named = ", ".join(f"{node.name} ({node.kind}, +{extra:.0f} µs)" for extra, node in worst)
    return f"it is slower in {named}"


def _by_name(nodes: tuple[Executed, ...]) -> dict[str, float]:
    return {name: node.microseconds for node in nodes for name in node.names[:1]}
