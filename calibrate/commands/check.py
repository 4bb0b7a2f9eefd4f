"""`calibrate check`: trace a few samples through the chain and measure the FP32 model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calibrate.commands.better_settings import CHECKED_SAMPLES, better_settings
from calibrate.commands.class_order import other_class_order
from calibrate.config.resolved import Resolved
from calibrate.context.blind_metrics import blind_metrics
from calibrate.context.calibration_set import calibration_items, read_calibration
from calibrate.context.dataset import DEFAULT_MEMORY, choose_items, split_samples
from calibrate.context.observe_models import values
from calibrate.context.plausibility import cautions, implausible, plausibilities
from calibrate.context.preflight import check_decoder
from calibrate.context.run_context import read_source, task_of
from calibrate.core.annotation import annotation_text
from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.core.sample import Facts, Item, Sample
from calibrate.core.tensors import Tensors
from calibrate.core.variables import without_values
from calibrate.datasets.loading.tensors import LoadOptions, SampleReader, bind_plans, load
from calibrate.evaluation.observe import observe_reference
from calibrate.models.inputs import InputPlan
from calibrate.models.prepare import prepare
from calibrate.quantization.ignored_scope import check_scope
from calibrate.report.commands.check import ArraySummary, CheckReport, SampleSummary
from calibrate.runtime.inference import Network

SHOWN_SAMPLES = 2


def check(resolved: Resolved) -> CheckReport:
    """Trace two samples, measure the floating-point model on up to 64, try other settings.

    Raises:
        CalibrateError: the first problem in the chain.
    """
    config = resolved.config
    source, plans = read_source(resolved)
    items = choose_items(resolved)
    count = min(len(items), CHECKED_SAMPLES)
    drawn = choose_items(_of_size(resolved, count))
    traced = _traced_items(drawn)
    chosen = [*traced, *(item for item in drawn if item not in traced)]
    chain = SampleReader(resolved.adapter, resolved.steps)
    decoded = [chain.source(item) for item in traced]
    plans = bind_plans(chain, traced[0], plans)
    model = prepare(source, plans).model
    check_decoder(resolved, model)
    check_scope(model, config.quantization.ignored_scope)
    keep = LoadOptions(config.dataset.bad_samples, DEFAULT_MEMORY << 20, config.output.dir)
    tensors = load(chain, chosen, plans, keep=keep, advance=lambda: None)
    calibration = calibration_items(resolved)
    if calibration:
        checked = calibration[:CHECKED_SAMPLES]
        read_calibration(resolved, checked, plans, NoProgress(), config.output.dir)
    network = Network(model, Costs(lambda: 0.0))
    shown, measured = range(len(traced)), range(len(tensors))
    evaluator = task_of(resolved).fitted(network, tensors)
    written, resolved = resolved, replace(resolved, decoder=evaluator.decoder)
    observed, reference = observe_reference(network, tensors, measured, evaluator, lambda: None)
    outputs: dict[int, Outputs] = {}
    network.run(tensors, shown, lambda i, raw: outputs.update({i: _copied(raw)}))
    labels = tuple(resolved.adapter.label_names())
    compared = plausibilities(
        resolved.metrics,
        {index: tensors.facts[index] for index in measured},
        observed,
        seed=config.dataset.subsample_seed,
    )
    better = better_settings(written, source, samples=count)
    order = other_class_order(
        list(reference.predictions.values()),
        [tensors.facts[index].annotation for index in reference.predictions],
        labels,
    )
    sets = _sets(resolved, items)
    return CheckReport(
        config=str(resolved.path),
        model=config.model.path.name,
        inputs=tuple(_input(plan) for plan in plans),
        dataset=config.dataset.name or config.dataset.adapter.type,
        samples=len(items),
        calibration=len(calibration) or sets[0],
        calibration_dataset=_calibration_name(resolved),
        search=sets[1],
        acceptance=sets[2],
        measured=len(tensors),
        shown=tuple(
            _sample(resolved, decoded[i], (tensors, plans, i), outputs[i], labels) for i in shown
        ),
        metrics={
            judged.metric.label: value
            for judged, value in zip(
                resolved.metrics, values(resolved, observed, measured), strict=True
            )
        },
        units={judged.metric.label: judged.metric.unit for judged in resolved.metrics},
        problems=tuple(error.message for error in implausible(resolved.metrics, compared)),
        is_implausible_allowed=config.search.allow_implausible,
        better=(*([order] if order else []), *(setting.sentence for setting in better)),
        notes=(
            *cautions(list(reference.predictions.values())),
            *blind_metrics(resolved.metrics, reference.predictions, tensors.facts),
            *_notes(len(items), tensors),
        ),
    )


def _calibration_name(resolved: Resolved) -> str:
    section = resolved.config.calibration
    return "" if section is None else section.name or section.adapter.type


def _of_size(resolved: Resolved, count: int) -> Resolved:
    """Return the config with `count` samples, the draw that other settings are tried on too."""
    dataset = resolved.config.dataset.model_copy(update={"subsample_size": count})
    return replace(resolved, config=resolved.config.model_copy(update={"dataset": dataset}))


def _traced_items(items: Sequence[Item]) -> list[Item]:
    """Return the first entry and the first entry of another class, to show that labels differ."""
    first = items[0]
    other = next((item for item in items[1:] if item.stratum != first.stratum), None)
    return [first, other] if other is not None else list(items[:SHOWN_SAMPLES])


def _sample(
    resolved: Resolved,
    decoded: Sample,
    origin: tuple[Tensors, Sequence[InputPlan], int],
    outputs: Outputs,
    labels: Sequence[str],
) -> SampleSummary:
    tensors, plans, index = origin
    facts = tensors.facts[index]
    prediction = resolved.decoder.predict(outputs, facts)
    return SampleSummary(
        id=facts.id,
        source=without_values(facts.source),
        decoded=tuple(_summary(key, array) for key, array in decoded.data.items()),
        inputs=tuple(
            _summary(plan.name, array[index])
            for plan, array in zip(plans, tensors.inputs, strict=True)
        ),
        outputs=tuple(_summary(name, array) for name, array in outputs.items()),
        label=annotation_text(facts.annotation, labels),
        predicted=prediction.describe(labels),
    )


def _summary(name: str, array: NDArray[np.generic]) -> ArraySummary:
    # Text has no range.
    numbers = np.zeros(0) if array.dtype.kind == "U" else np.asarray(array, np.float64)
    low, high, mean = (
        (float(numbers.min()), float(numbers.max()), float(numbers.mean()))
        if numbers.size
        else (0.0, 0.0, 0.0)
    )
    return ArraySummary(name, array.shape, str(array.dtype), low, high, mean)


def _copied(outputs: Outputs) -> Mapping[str, NDArray[np.generic]]:
    return {name: np.array(array) for name, array in outputs.items()}


def _input(plan: InputPlan) -> str:
    shape = ", ".join(str(side) for side in plan.shape)
    return f"{plan.name} [{shape}] {plan.dtype} {plan.layout}".rstrip()


def _sets(resolved: Resolved, items: Sequence[Item]) -> tuple[int, int, int]:
    """Return the sizes of the three sets, assuming that no two images are equal."""
    unread = Tensors(
        inputs=(),
        facts=tuple(Facts(item.id, item.annotation) for item in items),
        digests=tuple(str(number) for number in range(len(items))),
    )
    images = split_samples(resolved.config, unread)
    return len(images.calibration), len(images.search), len(images.acceptance)


def _notes(count: int, tensors: Tensors) -> tuple[str, ...]:
    notes = []
    if count < 300:
        notes.append(
            f"{count} samples are few: a drop of half a point takes several hundred to detect."
        )
    notes += [
        f"The model gets values up to {values.max():g}: this is right if it normalizes its input, "
        "and wrong if it expects 0 to 1."
        for values in (rows[:] for rows in tensors.inputs)
        if values.dtype.kind == "f" and values.max() > 2 and values.min() >= 0
    ]
    return tuple(notes)
