"""Evaluate FP32 on a few images with a proposed preprocessing and several decoders."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from pydantic_core import to_jsonable_python

from calibrate.config.load import load_recorded
from calibrate.config.resolved import Resolved
from calibrate.context.observe_models import SampleSet
from calibrate.context.preflight import check_decoder
from calibrate.core.annotation import Annotation, ClassLabel
from calibrate.core.component import Decoder, HasAutoParameters, Outputs
from calibrate.core.costs import Costs
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.progress import NoProgress
from calibrate.core.temporary import temporary_folder
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.evaluation.auto_parameters import with_parameters
from calibrate.models.static_shapes import static_shape
from calibrate.runtime.inference import Network

_LEAST_PROBABILITY = 1e-6
_SETS = 100
"""Resampled sets of images; the standard error of a difference is then precise to 7 %."""

Values = Callable[[int], NDArray[np.float64]]
"""Returns the metric on a number of sets drawn with replacement, the same for every proposal."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """The result of a proposal on the tried images.

    Attributes:
        value: value of the first metric, greater is better; -inf if the parts do not fit together.
        each: [N] log-probability of the true class of each image, which separates similar
            proposals on far fewer images than their accuracy; empty for other tasks.
        values: metric on resampled sets of the images; None if the parts do not fit together.
    """

    value: float
    each: NDArray[np.float64]
    values: Values | None = None

    @property
    def rank(self) -> tuple[float, float]:
        """Return the sort key: the log-probability where there is one, then the metric."""
        return (float(self.each.mean()) if len(self.each) else 0.0, self.value)

    def is_clearly_above(self, other: "Score") -> bool:
        """Return whether the difference is beyond chance on these images.

        A better log-probability alone does not count: with inputs of too small a scale a model
        is as accurate and less confident, which costs less where it is wrong.
        """
        if self.value <= other.value:
            return False
        if len(self.each) and len(self.each) == len(other.each):
            difference = self.each - other.each
            error = float(difference.std(ddof=1) / np.sqrt(len(difference)))
            return bool(difference.mean() > 2 * error)
        if self.values is None or other.values is None:
            return True
        # Both on the same resampled sets, so that the effect of easy and hard images cancels.
        differences = self.values(_SETS) - other.values(_SETS)
        return self.value - other.value > 2 * float(np.nanstd(differences, ddof=1))


FAILED = Score(-np.inf, np.full(1, -np.inf))


def try_decoders(
    model: ov.Model,
    content: Mapping[str, Any],
    decoders: Sequence[Mapping[str, Any]],
    *,
    folder: Path = Path("/"),
    costs: Costs | None = None,
) -> list[Score]:
    """Run FP32 once on the images of a proposed config, and decode its outputs with each decoder.

    Args:
        model: model as read.
        content: sections of a config, but for decoder and output.
        decoders: sections.
        folder: folder that relative paths of `content` start at.
        costs: the ledger that inferences are counted in, if there is one.
    """
    sections = [{"decoder": decoder} for decoder in decoders]
    return try_sections(model, content, sections, folder=folder, costs=costs)


def try_sections(
    model: ov.Model,
    content: Mapping[str, Any],
    sections: Sequence[Mapping[str, Any]],
    *,
    folder: Path = Path("/"),
    costs: Costs | None = None,
) -> list[Score]:
    """Run FP32 once on the images of a proposed config, and score its outputs in several ways.

    Args:
        model: model as read.
        content: sections of a config, but for output and those that `sections` add.
        sections: for each way a decoder, and metrics where `content` has none.
        folder: folder that relative paths of `content` start at.
        costs: the ledger that inferences are counted in, if there is one.
    """
    with temporary_folder() as work:
        read = _readings(model, content, sections, (folder, work), costs or Costs(lambda: 0.0))
        return [_score_of(reading) for reading in read]


def predictions_of(
    model: ov.Model, content: Mapping[str, Any], decoders: Sequence[Mapping[str, Any]]
) -> list[Sequence[tuple[Prediction, Annotation | None]]]:
    """Return FP32's predictions with their annotations, for each decoder that fits.

    Args:
        model: model as read.
        content: sections of a config with absolute paths, but for decoder and output.
        decoders: sections.
    """
    pairs: list[Sequence[tuple[Prediction, Annotation | None]]] = []
    sections = [{"decoder": decoder} for decoder in decoders]
    with temporary_folder() as work:
        for reading in _readings(model, content, sections, (Path("/"), work), Costs(lambda: 0.0)):
            if reading is None:
                continue
            resolved, tensors, outputs = reading
            try:
                decoder = _with_auto_parameters(resolved, outputs)
                pairs.append(
                    [
                        (decoder.predict(raw, facts), facts.annotation)
                        for facts, raw in zip(tensors.facts, outputs, strict=True)
                    ]
                )
            except CalibrateError:
                continue  # the decoder cannot read these outputs
    return pairs


_Reading = tuple[Resolved, Tensors, Sequence[Outputs]]


def _readings(
    model: ov.Model,
    content: Mapping[str, Any],
    sections: Sequence[Mapping[str, Any]],
    places: tuple[Path, Path],
    costs: Costs,
) -> Iterator[_Reading | None]:
    """Yield the config with each decoder and the outputs, inferred once; None where it fails."""
    folder, work = places
    tensors: Tensors | None = None
    outputs: list[Outputs] = []
    for section in sections:
        placed = to_jsonable_python({**content, **section, "output": {"dir": work}})
        try:
            resolved = load_recorded(placed, folder, shown="the proposal")
            if tensors is None:
                samples = SampleSet(resolved, NoProgress(), work, costs)
                tensors, plans = samples.tensors(model)
                static = static_shape(model, plans)
            check_decoder(resolved, static)
            if not outputs:
                outputs = run_model(static, tensors, costs)
        except CalibrateError:
            yield None
        else:
            yield resolved, tensors, outputs


def _score_of(reading: _Reading | None) -> Score:
    if reading is None:
        return FAILED  # a proposal that cannot run ranks below any other
    try:
        return score_outputs(*reading)
    except CalibrateError:
        return FAILED


def _with_auto_parameters(resolved: Resolved, outputs: Sequence[Outputs]) -> Decoder:
    """Return the decoder with its automatic parameters set from all outputs."""
    decoder = resolved.decoder
    if isinstance(decoder, HasAutoParameters):
        return with_parameters(decoder, decoder.auto_parameters(outputs))
    return decoder


def run_model(model: ov.Model, tensors: Tensors, costs: Costs) -> list[Outputs]:
    """Return the outputs of a model with bound shapes for every sample, in their order."""
    kept: dict[int, Outputs] = {}

    def keep(index: int, raw: Outputs) -> None:
        kept[index] = {name: np.array(array) for name, array in raw.items()}

    Network(model, costs).run(tensors, range(len(tensors)), keep)
    return [kept[index] for index in range(len(tensors))]


def score_outputs(resolved: Resolved, tensors: Tensors, outputs: Sequence[Outputs]) -> Score:
    """Compute the first metric of a config over outputs that its decoder reads.

    Raises:
        CalibrateError: outputs or annotations that decoder and metric cannot read.
    """
    metric = resolved.metrics[0].metric
    evidence, each = [], []
    decoder = _with_auto_parameters(resolved, outputs)
    for facts, raw in zip(tensors.facts, outputs, strict=True):
        prediction = decoder.predict(raw, facts)
        target = facts.annotation
        if target is None:
            raise CalibrateError("a sample has no annotation", where=facts.source)
        evidence.append(metric.score(prediction, target, facts))
        if isinstance(prediction, ClassScores) and isinstance(target, ClassLabel):
            each.append(np.log(max(float(prediction.scores[target.label]), _LEAST_PROBABILITY)))
    value = float(metric.aggregate(evidence, np.ones((1, len(evidence)), np.int64))[0])

    @cache
    def values(sets: int) -> NDArray[np.float64]:
        count = len(evidence)
        draws = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), sets)
        return np.asarray(metric.aggregate(evidence, draws), np.float64)

    return FAILED if isnan(value) else Score(value, np.array(each, np.float64), values)
