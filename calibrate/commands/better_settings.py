"""Try alternatives to a config on a few labelled samples, and report better ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openvino as ov

from calibrate.commands.alternatives import (
    Alternative,
    decoder_alternatives,
    preprocessing_alternatives,
)
from calibrate.commands.new.trials import FAILED, Score, try_decoders
from calibrate.config.resolved import Resolved
from calibrate.core.component import Component
from calibrate.core.costs import Costs
from calibrate.core.text import value_text

CHECKED_SAMPLES = 64
"""Samples on which `check` and `new` try alternatives."""


@dataclass(frozen=True, slots=True)
class BetterSetting:
    """A change with which the floating-point model scores clearly more.

    Attributes:
        name: the change, to be read after `with`.
        metric: label of the metric.
        unit: unit of its values.
        value: value with the change.
        present: value with the config unchanged.
        samples: number of samples on which both were measured.
    """

    name: str
    metric: str
    unit: str
    value: float
    present: float
    samples: int

    @property
    def sentence(self) -> str:
        """`With BGR the floating-point model would score 91.0 % instead of 87.0 % (...)`."""
        return (
            f"With {self.name} the floating-point model would score "
            f"{value_text(self.value, self.unit)} instead of "
            f"{value_text(self.present, self.unit)} ({self.metric} on {self.samples} samples)"
        )


def better_settings(
    resolved: Resolved, model: ov.Model, *, samples: int, costs: Costs | None = None
) -> tuple[BetterSetting, ...]:
    """Return settings with which the floating-point model is clearly better, the best first.

    One change at a time: channel order, normalization, crop, numbers of the classes. Differences
    that chance on these samples may explain are left out.

    Args:
        resolved: the config.
        model: the source model, as read.
        samples: how many are drawn, by the config's seed.
        costs: counts the inferences, if given.

    Returns:
        Nothing where no metric compares with annotations and is better when it is higher.
    """
    position = _judging_metric(resolved)
    if position is None:
        return ()
    document = resolved.document
    content = {
        "model": document["model"],
        "dataset": {**document["dataset"], "subsample_size": samples},
        "metrics": [{**document["metrics"][position], "reference": None}],
    }
    steps, decoder = tuple(document["preprocessing"]), document["decoder"]
    parameters = (
        list(type(resolved.decoder).model_fields) if isinstance(resolved.decoder, Component) else []
    )
    original = Alternative("", steps, decoder)
    by_decoder = [original, *decoder_alternatives(steps, decoder, parameters)]

    def tried(alternatives: Sequence[Alternative]) -> list[Score]:
        decoders = [alternative.decoder for alternative in alternatives]
        placed: Mapping[str, Any] = {
            **content,
            "preprocessing": list(alternatives[0].preprocessing),
        }
        folder = resolved.path.absolute().parent
        return try_decoders(model, placed, decoders, folder=folder, costs=costs)

    scores = list(zip(by_decoder, tried(by_decoder), strict=True))
    present = scores[0][1]
    if present is FAILED:
        return ()  # a dataset or a model that can be read only once, as from Python
    scores.extend(
        (alternative, tried([alternative])[0])
        for alternative in preprocessing_alternatives(steps, decoder)
    )
    metric = resolved.metrics[position].metric
    better = [
        BetterSetting(
            alternative.name,
            metric.label,
            metric.unit,
            score.value,
            present.value,
            samples,
        )
        for alternative, score in scores[1:]
        if score.is_clearly_above(present)
    ]
    return tuple(sorted(better, key=lambda setting: -setting.value))


def _judging_metric(resolved: Resolved) -> int | None:
    """Return the position of the first metric that can rank trials."""
    return next(
        (
            position
            for position, judged in enumerate(resolved.metrics)
            if judged.metric.reference == "annotation" and judged.metric.higher_is_better
        ),
        None,
    )
