"""Collect NNCF's statistics with every core busy.

NNCF infers one image, waits, and only then looks at the outputs. Here the next images run while
the outputs of one are looked at, in the same order, so the statistics are the same.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import openvino as ov
from nncf import Dataset
from nncf.common.factory import ModelTransformerFactory
from nncf.common.graph import NNCFGraph
from nncf.openvino.statistics.aggregator import OVStatisticsAggregator
from numpy.typing import NDArray

_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}

Named = dict[str, NDArray[Any]]


class AheadAggregator(OVStatisticsAggregator):  # type: ignore[misc]  # nncf is untyped
    """NNCF's aggregator with another loop around it."""

    def __init__(self, feeds: Sequence[Any]) -> None:
        super().__init__(Dataset(feeds))
        self._feeds = feeds

    def collect_statistics(self, model: ov.Model, graph: NNCFGraph) -> None:
        """Fill the registered statistic points from the feeds."""
        if not self.statistic_points:
            return
        self._name_to_node_mapping = {op.get_friendly_name(): op for op in model.get_ops()}
        merged = self._get_merged_statistic_points(self.statistic_points, model, graph)
        layout = self._get_transformation_layout_extra_outputs(merged)
        watched = ModelTransformerFactory.create(model).transform(layout)
        for outputs in _outputs(watched, self._feeds[: self._get_iterations_number()]):
            self._register_statistics(self._process_outputs(outputs), merged)


def _outputs(model: ov.Model, feeds: Sequence[Any]) -> Iterator[Named]:
    """Outputs by tensor name for each feed, in order; copies, since raw values may be kept."""
    compiled = ov.Core().compile_model(model, "CPU", _PROPERTIES)
    width = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1
    idle = [compiled.create_infer_request() for _ in range(width)]
    names = [sorted(port.get_names()) for port in compiled.outputs]
    # With each inference, the memory that it reads: nobody else keeps it.
    running: deque[tuple[ov.InferRequest, Any]] = deque()

    def finish() -> Named:
        request, _ = running.popleft()
        request.wait()
        found: Named = {}
        for tensor, aliases in zip(request.output_tensors, names, strict=True):
            array = np.array(tensor.data, copy=True)
            found.update(dict.fromkeys(aliases, array))
        idle.append(request)
        return found

    try:
        for feed in feeds:
            if not idle:
                yield finish()
            request = idle.pop()
            for key, array in feed.items():
                request.set_input_tensor(key, ov.Tensor(array, shared_memory=True))
            request.start_async()
            running.append((request, feed))
        while running:
            yield finish()
    finally:
        for request, _ in running:
            request.wait()
