"""Build the report's sections on the changes by quantization in each class."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from calibrate.config.resolved import Resolved
from calibrate.context.dataset import Data
from calibrate.context.run_context import RunContext
from calibrate.core.component import ValuesByClass
from calibrate.core.observation import Observation
from calibrate.report.changes_section import ClassChange, ClassSection, Confusion

_MOST_CLASSES = 100
_MOST_CONFUSED = 20


def class_section(context: RunContext, result: Observation) -> ClassSection | None:
    """Compare classes before and after: right answers, or the first metric with class values.

    Args:
        context: run context with FP32's observation of every image.
        result: the result's observation of every image.
    """
    answers = _answers(context.data, context.baseline.observed, result)
    if answers:
        return _of_answers(answers, _namer(context.resolved))
    everything = context.data.everything
    for position, judged in enumerate(context.resolved.metrics):
        if isinstance(judged.metric, ValuesByClass):
            before = judged.metric.by_class(context.baseline.observed.of(position, everything))
            after = judged.metric.by_class(result.of(position, everything))
            pairs = {label: (before[label], after[label]) for label in before if label in after}
            return _section(
                judged.metric.label,
                pairs,
                _namer(context.resolved),
                higher=judged.metric.higher_is_better,
                unit=judged.metric.unit,
            )
    return None


def confusion(context: RunContext, result: Observation) -> Confusion | None:
    """Count annotated class by answer, before and after; None with many classes or no labels."""
    answers = _answers(context.data, context.baseline.observed, result)
    labels = sorted({label for row in answers for label in row})
    if not answers or len(labels) > _MOST_CONFUSED:
        return None
    place = {label: row for row, label in enumerate(labels)}
    tables = np.zeros((2, len(labels), len(labels)), np.int64)
    for truth, before, after in answers:
        tables[0, place[truth], place[before]] += 1
        tables[1, place[truth], place[after]] += 1
    name = _namer(context.resolved)
    fp32, quantized = (tuple(tuple(int(n) for n in row) for row in table) for table in tables)
    return Confusion(
        labels=tuple(labels),
        names=tuple(name(label) for label in labels),
        fp32=fp32,
        result=quantized,
    )


def _answers(data: Data, fp32: Observation, result: Observation) -> list[tuple[int, int, int]]:
    """Return annotated class, FP32's answer and the result's of each image; empty without them."""
    rows = []
    for index in data.everything:
        before, after = fp32.answers.get(index), result.answers.get(index)
        label = getattr(data.tensors.facts[index].annotation, "label", None)
        if before is None or after is None or label is None:
            return []
        rows.append((int(label), before[0], after[0]))
    return rows


def _of_answers(
    answers: Sequence[tuple[int, int, int]], name: Callable[[int], str]
) -> ClassSection:
    counts: dict[int, list[int]] = {}
    for truth, before, after in answers:
        entry = counts.setdefault(truth, [0, 0, 0])
        entry[0] += 1
        entry[1] += before == truth
        entry[2] += after == truth
    pairs = {
        label: (right / samples, kept / samples) for label, (samples, right, kept) in counts.items()
    }
    samples = {label: entry[0] for label, entry in counts.items()}
    return _section("right answers", pairs, name, higher=True, unit="fraction", samples=samples)


def _section(  # one table
    metric: str,
    pairs: Mapping[int, tuple[float, float]],
    name: Callable[[int], str],
    *,
    higher: bool,
    unit: str,
    samples: Mapping[int, int] | None = None,
) -> ClassSection:
    sign = 1 if higher else -1
    changed = [label for label, (before, after) in pairs.items() if before != after]
    changed.sort(key=lambda label: (sign * (pairs[label][1] - pairs[label][0]), label))
    return ClassSection(
        metric=metric,
        unit=unit,
        higher_is_better=higher,
        changed=tuple(
            ClassChange(
                label=label,
                name=name(label),
                samples=None if samples is None else samples[label],
                fp32=pairs[label][0],
                result=pairs[label][1],
            )
            for label in changed[:_MOST_CLASSES]
        ),
        unchanged=len(pairs) - len(changed),
    )


def _namer(resolved: Resolved) -> Callable[[int], str]:
    names = tuple(resolved.adapter.label_names())
    return lambda label: names[label] if 0 <= label < len(names) else ""
