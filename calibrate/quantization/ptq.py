"""NNCF's post-training quantization: from settings to a model with FakeQuantize operations.

NNCF starts each quantization from scratch. Recipes that differ in the bias correction alone share
the quantizer placement, the statistics and the ranges, which take most of the time; these are
computed once (`Ranged`), and each correction starts from them. Recipes that differ only in the
ranges of activations share the pass over the images.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import nncf
import openvino as ov
from nncf.common.factory import build_graph
from nncf.common.graph import NNCFGraph
from nncf.common.tensor_statistics.statistic_point import StatisticPointsContainer
from nncf.openvino.graph.model_utils import remove_friendly_name_duplicates
from nncf.quantization.algorithms.algorithm import Algorithm
from numpy.typing import NDArray

from calibrate.config.quantization import Quantization
from calibrate.core.subset_sizes import CORRECTION_INFERENCES
from calibrate.models.bodies import bodies_of, set_body
from calibrate.quantization.bias_correction import correct_biases
from calibrate.quantization.body_inputs import Place, body_feeds, weighted_bodies
from calibrate.quantization.nncf_backend import (
    share_quantizer_setup,
    silence_nncf,
    steps,
    translate_nncf_errors,
)
from calibrate.quantization.nncf_parameters import nncf_scope
from calibrate.quantization.shared_passes import Images, same_pass, same_ranges, settings_of_ranges
from calibrate.quantization.statistics import AheadAggregator

Feed = Mapping[int, NDArray[Any]]
"""The inputs of one inference by the index of the model's input, with the batch dimension."""


def quantize(
    model: ov.Model,
    feeds: Sequence[Feed],
    settings: Quantization,
    *,
    subset_size: int,
    kept: Iterable[str] = (),
) -> ov.Model:
    """Quantize all that NNCF's rules allow; weights stay in FP32 behind their FakeQuantize.

    Args:
        model: prepared FP32 model; left unchanged.
        feeds: calibration inputs.
        settings: the `quantization` section with a recipe's changes applied.
        subset_size: number of feeds used.
        kept: names of further operations that stay in FP32.

    Raises:
        CalibrateError: NNCF refuses the settings or the model; its reason is chained.
    """
    return Quantizer(model, feeds[:subset_size], kept).quantize(settings)


@dataclass(frozen=True, eq=False)
class Ranged:
    """A model with every quantizer in place and no bias corrected, computed on first use.

    Attributes:
        fp32: the model that the quantizers go into, after SmoothQuant and the like.
        graph: NNCF's graph of `fp32`.
        algorithm: places quantizers and sets their ranges.
        statistics: from which the algorithm sets them.
    """

    fp32: ov.Model
    graph: NNCFGraph
    algorithm: Algorithm
    statistics: StatisticPointsContainer

    @cached_property
    def quantized(self) -> ov.Model:
        """The model with quantizers."""
        return self.algorithm.apply(self.fp32, self.graph, self.statistics)


class Quantizer:
    """Quantizes one model with several settings and computes their common parts once.

    Args:
        model: prepared FP32 model; left unchanged.
        feeds: calibration inputs.
        kept: names of further operations that stay in FP32.
        ahead: settings that may be requested later; if they share the pass over the images with
            a requested one, their ranges are collected in the same pass.
        infers: called with the number of inferences before each pass.
    """

    def __init__(
        self,
        model: ov.Model,
        feeds: Sequence[Feed],
        kept: Iterable[str] = (),
        *,
        ahead: Sequence[Quantization] = (),
        infers: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._model = model
        self._feeds = feeds
        self._kept = tuple(kept)
        self._ahead = tuple(ahead)
        self._infers = infers
        self._ranged: dict[str, Ranged] = {}
        self._bodies: dict[Place, Quantizer] | None = None

    @property
    def feeds(self) -> int:
        """Number of calibration inputs."""
        return len(self._feeds)

    def quantize(self, settings: Quantization, images: Images | None = None) -> ov.Model:
        """Quantize all that NNCF's rules allow; see `quantize` for what is raised.

        Args:
            settings: the `quantization` section with a recipe's changes applied.
            images: numbers of feeds used; all by default.
        """
        images = images or Images(len(self._feeds), len(self._feeds))
        model = self._without_bodies(settings, images)
        return self._with_bodies(model, settings, images)

    def _with_bodies(self, model: ov.Model, settings: Quantization, images: Images) -> ov.Model:
        """Quantize the bodies of If, Loop and TensorIterator in a model, on what reaches them."""
        if self._bodies is None:
            self._bodies = self._body_quantizers()
        scope = settings.ignored_scope.model_copy(update={"validate_scope": False})
        inner = settings.model_copy(update={"ignored_scope": scope})
        share = images.correction / max(images.ranges, 1)
        for op in model.get_ordered_ops():
            for index in range(len(bodies_of(op))):
                quantizer = self._bodies.get((op.get_friendly_name(), index))
                if quantizer is None:
                    continue
                count = quantizer.feeds
                few = Images(count, max(1, round(count * min(share, 1.0))))
                set_body(op, index, quantizer.quantize(inner, few))
        return model

    def _body_quantizers(self) -> "dict[Place, Quantizer]":
        """Return a quantizer for each body with weights that some input reaches."""
        bodies = weighted_bodies(self._model)
        if not bodies:
            return {}
        self._infers(len(self._feeds))
        feeds = body_feeds(self._model, self._feeds)
        return {
            place: Quantizer(body.clone(), feeds[place], self._kept, infers=self._infers)
            for place, body in bodies.items()
            if feeds[place]
        }

    def _without_bodies(self, settings: Quantization, images: Images) -> ov.Model:
        """Quantize the model itself; its bodies stay as they are."""
        scope = nncf_scope(self._model, settings.ignored_scope, self._kept)
        with silence_nncf(), translate_nncf_errors():
            *before, last = steps(settings, scope, images.ranges)
            # NNCF's accurate correction uses a fifth of the given number.
            correction = steps(settings, scope, images.correction)[-1][1:]
            if settings.kernel_bias_correction:
                correction = []
            key = _key(settings, images.ranges)
            if key in self._ranged:
                ranged = self._ranged[key]
                statistics = self._collected(
                    correction, ranged.fp32, ranged.graph, len(self._feeds)
                )
            else:
                fp32 = self._before(before, images.ranges)
                graph = build_graph(fp32)
                placing = {key: last[0], **self._others(settings, scope, images.ranges)}
                share_quantizer_setup([*placing.values()])
                # The same pass over the images also collects the statistics of the correction.
                statistics = self._collected(
                    [*placing.values(), *correction], fp32, graph, images.ranges
                )
                for name, algorithm in placing.items():
                    self._ranged[name] = Ranged(fp32, graph, algorithm, statistics)
                ranged = self._ranged[key]
            model = ranged.quantized
            if settings.kernel_bias_correction:
                few = self._feeds[: min(images.correction, CORRECTION_INFERENCES)]
                self._infers(len(few))
                return correct_biases(model, ranged.fp32, few)
            for algorithm in correction:
                model = algorithm.apply(model, build_graph(model), statistics)
            return model.clone()

    def _others(
        self, settings: Quantization, scope: nncf.IgnoredScope, images: int
    ) -> dict[str, Algorithm]:
        """Return the placing algorithms of later settings that share the pass of these settings."""
        return {
            _key(other, images): steps(other, scope, images)[-1][0]
            for other in self._ahead
            if same_pass(other, settings) and not same_ranges(other, settings)
        }

    def _before(self, steps: Sequence[Sequence[Algorithm]], images: int) -> ov.Model:
        """Return the model after the steps that precede the quantizers."""
        # A copy: NNCF marks the model itself as checked for duplicate names.
        model = remove_friendly_name_duplicates(self._model.clone())
        for step in steps:
            graph = build_graph(model)
            statistics = self._collected(step, model, graph, images)
            for algorithm in step:
                model = algorithm.apply(model, graph, statistics)
                graph = build_graph(model)
        return model

    def _collected(
        self, algorithms: Sequence[Algorithm], model: ov.Model, graph: NNCFGraph, images: int
    ) -> StatisticPointsContainer:
        """Collect the statistics that algorithms need in one pass over the images."""
        aggregator = AheadAggregator(self._feeds[:images])
        for algorithm in algorithms:
            aggregator.register_statistic_points(algorithm.get_statistic_points(model, graph))
        if aggregator.statistic_points:
            self._infers(aggregator.inferences)
        aggregator.collect_statistics(model, graph)
        return aggregator.statistic_points


def _key(settings: Quantization, images: int) -> str:
    """Return the key under which ranges are cached."""
    return f"{images} {settings_of_ranges(settings)}"
