"""Collect NNCF's statistics with every core busy.

NNCF infers one image, waits, and only then reads the outputs, each time matching outputs to
reducers again. Here the next images run while the outputs of one are read, in the same order,
outputs are matched once, and extremes are kept as arrays. The statistics are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov
from nncf import Dataset
from nncf.common.factory import ModelTransformerFactory
from nncf.common.graph import NNCFGraph
from nncf.common.tensor_statistics.collectors import (
    AggregatorBase,
    MaxAggregator,
    MinAggregator,
    TensorReducerBase,
)
from nncf.common.tensor_statistics.statistic_point import StatisticPointsContainer
from nncf.openvino.graph.node_utils import get_reducer_output_node_names
from nncf.openvino.statistics.aggregator import OVStatisticsAggregator
from nncf.tensor import Tensor
from numpy.typing import NDArray

from calibrate.models.names import operations_of
from calibrate.quantization.async_infer import infer_ahead

_EXTREMES = {MinAggregator: np.minimum, MaxAggregator: np.maximum}


class AheadAggregator(OVStatisticsAggregator):  # type: ignore[misc]  # nncf is untyped
    """NNCF's aggregator with an asynchronous inference loop."""

    def __init__(self, feeds: Sequence[Any]) -> None:
        super().__init__(Dataset(feeds))
        self._feeds = feeds

    @property
    def inferences(self) -> int:
        """Number of inferences that the registered statistic points need."""
        return self._get_iterations_number() or 0

    def collect_statistics(self, model: ov.Model, graph: NNCFGraph) -> None:
        """Fill the registered statistic points from the feeds."""
        if not self.statistic_points:
            return
        self._name_to_node_mapping = operations_of(model)
        merged = self._get_merged_statistic_points(self.statistic_points, model, graph)
        layout = self._get_transformation_layout_extra_outputs(merged)
        watched = ModelTransformerFactory.create(model).transform(layout)
        readings = self._readings(merged)
        places = {name: place for place, port in enumerate(watched.outputs) for name in port.names}
        for outputs in infer_ahead(watched, self._feeds[: self.inferences]):
            for reading in readings:
                reading.read(outputs[places[reading.name]])
        for reading in readings:
            reading.finish()

    def _readings(self, points: StatisticPointsContainer) -> "list[_Extreme | _Reading]":
        """Return which output goes through which reducer to which aggregators."""
        readings: list[_Extreme | _Reading] = []
        for _, point, collector in points.get_tensor_collectors():
            node, port, _ = self._translate_to_post_layer_operation(point)
            for reducer in collector.reducers:
                (name,) = get_reducer_output_node_names(
                    reducer.name, node, port, reducer.output_port_id, reducer.inplace
                )
                takers = [
                    (key[1], aggregator)
                    for key, aggregator in collector.aggregators.items()
                    if key[0] == hash(reducer)
                ]
                plain = [
                    taker for taker in takers if not (reducer.inplace and _is_extreme(taker[1]))
                ]
                readings += [_Extreme(name, taker[1]) for taker in takers if taker not in plain]
                if plain:
                    readings.append(_Reading(name, reducer, plain))
        return readings


def _is_extreme(aggregator: AggregatorBase) -> bool:
    """Return whether it keeps only the minimum or maximum over the images."""
    return type(aggregator) in _EXTREMES and 0 in aggregator._aggregation_axes  # noqa: SLF001  # nncf has no other word for it


@dataclass(slots=True)
class _Extreme:
    """An aggregator that receives the extreme of all images at the end, not each image."""

    name: str
    aggregator: AggregatorBase
    kept: NDArray[Any] | None = None
    count: int = 0

    def read(self, array: NDArray[Any]) -> None:
        """Read the output of an image without keeping it."""
        if array.size == 0 or self.count == self.aggregator.num_samples:
            return
        self.count += 1
        if self.kept is None:
            self.kept = np.array(array, copy=True)
        else:
            _EXTREMES[type(self.aggregator)](self.kept, array, out=self.kept)

    def finish(self) -> None:
        """Pass the extreme to the aggregator."""
        if self.kept is not None:
            self.aggregator.register_reduced_input(Tensor(self.kept))


@dataclass(slots=True)
class _Reading:
    """A reducer and the aggregators of its results, by its output's number."""

    name: str
    reducer: TensorReducerBase
    takers: list[tuple[int, AggregatorBase]]

    def read(self, array: NDArray[Any]) -> None:
        """Read a copy of the output of an image."""
        if array.size == 0:
            return
        tensor = Tensor(np.array(array, copy=True))
        reduced = [tensor] if self.reducer.inplace else self.reducer([tensor])
        for port, aggregator in self.takers:
            aggregator.register_reduced_input(reduced[port])

    def finish(self) -> None:
        """Do nothing: every image has been passed on."""
