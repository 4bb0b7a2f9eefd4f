"""Refuse to search if the floating-point model is implausible on these samples."""

from collections.abc import Sequence

from calibrate.commands.better_settings import BetterSetting, better_settings
from calibrate.config.resolved import JudgedMetric
from calibrate.context.cache_keys import digest_of
from calibrate.context.plausibility import (
    ALLOW,
    Plausibility,
    cautions,
    implausible,
    plausibilities,
)
from calibrate.context.run_context import RunContext
from calibrate.core.stage import Stage
from calibrate.errors import CalibrateError, raise_all
from calibrate.store.base import Content

_SAMPLES = 32
"""Samples on which alternatives are tried: enough to detect a mistake that halves a score."""
_WEAK = 0.5
"""Fraction below which alternatives are tried, unless a published value confirms the config."""
_FAR_BELOW = 2 / 3
"""Share of an alternative's score below which the config is taken for a mistake."""


def refuse_implausible_base(context: RunContext) -> None:
    """Compare the floating-point model with a constant prediction and usual alternatives.

    Alternatives are tried where the model is no better than a constant answer, or weak: a better
    one names the mistake. Unlabelled samples give only cautions. With `search.allow_implausible`
    problems are noted, not raised.

    Args:
        context: run context with the floating-point model observed.

    Raises:
        CalibrateError: it is no better than a constant answer, the budget would allow such an
            answer, or another setting scores far more.
    """
    resolved, baseline = context.resolved, context.baseline
    for caution in cautions(list(baseline.reference.predictions.values())):
        context.progress.note(caution)
    facts = context.data.tensors.facts
    compared = plausibilities(
        resolved.metrics,
        {index: facts[index] for index in context.data.everything},
        baseline.observed,
        seed=resolved.config.dataset.subsample_seed,
    )
    problems = implausible(resolved.metrics, compared)
    if problems or any(_is_weak(resolved.metrics, entry) for entry in compared):
        better = _tried(context)
        if problems and better:
            problems[0].hint = f"{_lower(better[0].sentence)}; {ALLOW}"
        elif better and better[0].present < _FAR_BELOW * better[0].value:
            problems.append(CalibrateError(_lower(better[0].sentence), "preprocessing", ALLOW))
    if not resolved.config.search.allow_implausible:
        raise_all(problems)
    for problem in problems:
        context.progress.note(f"Implausible: {problem.message}")


def _is_weak(metrics: Sequence[JudgedMetric], compared: Plausibility) -> bool:
    is_confirmed = any(
        judged.reference is not None
        for judged in metrics
        if judged.metric.label == compared.metric.label
    )
    return compared.metric.unit == "fraction" and compared.value < _WEAK and not is_confirmed


def _tried(context: RunContext) -> tuple[BetterSetting, ...]:
    """Return alternatives that score clearly more, measured or from the store."""
    samples = min(_SAMPLES, len(context.data.tensors))

    def measure() -> Content:
        source = context.baseline.source
        better = better_settings(context.resolved, source, samples=samples, costs=context.costs)
        return {"better": [[b.name, b.metric, b.unit, b.value, b.present] for b in better]}

    with context.costs.stage(Stage.ALTERNATIVES):
        context.progress.stage("Trying other settings")
        document = context.resolved.document
        settings = {key: document[key] for key in ("preprocessing", "decoder", "metrics")}
        depends = {"settings": digest_of([str(settings), str(samples)])}
        content = context.store.get_or_compute("alternatives", depends, measure)
    return tuple(
        BetterSetting(
            name=name, metric=metric, unit=unit, value=value, present=present, samples=samples
        )
        for name, metric, unit, value, present in content["better"]
    )


def _lower(sentence: str) -> str:
    """Return a sentence for use inside another one."""
    return sentence[0].lower() + sentence[1:]
