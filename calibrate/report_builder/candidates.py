"""Build the report's list of judged candidates."""

from calibrate.report.search_section import CandidateFacts
from calibrate.report_builder.verdict_section import describe
from calibrate.search.mixed_precision import MixedPrecisionSearch


def candidate_facts(mixed_precision_search: MixedPrecisionSearch) -> tuple[CandidateFacts, ...]:
    """Return every judgement of a candidate, of all folds, in the order of the run."""
    log = mixed_precision_search.variant_store.decisions
    labels = [judged.metric.label for judged in mixed_precision_search.context.resolved.metrics]
    passed = {"search": "proposed", "acceptance": "accepted"}
    failed = {"search": "rejected", "acceptance": "refused"}
    return tuple(
        CandidateFacts.model_validate(
            {
                "number": log.number(decision.candidate),
                "candidate": describe(decision.candidate),
                "judged_on": decision.judged_on,
                "images": decision.images,
                "divergence": decision.divergence,
                "drops": dict(zip(labels, decision.drops, strict=True)),
                "budgets": dict(zip(labels, decision.budgets, strict=True)),
                "decision": (passed if decision.passed else failed)[decision.judged_on],
                "reason": decision.reason(labels),
            }
        )
        for decision in log.decisions
    )
