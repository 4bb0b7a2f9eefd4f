"""Evaluation in this process, in the caller's thread; the plugin uses all cores."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from calibrate.core.component import Outputs
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, completed
from calibrate.runtime.inference import THROUGHPUT, Network, Runs


class ThisProcess:
    """Compiles the requested model here and keeps the last one for the next request.

    Args:
        catalog: the models, samples and judges that requests may name.
        properties: of the CPU plugin.
    """

    def __init__(self, catalog: Catalog, properties: Mapping[str, Any] = THROUGHPUT) -> None:
        self._catalog = catalog
        self._properties = properties
        self._latest: tuple[str, Runs] | None = None

    def submit(self, request: EvaluationRequest) -> "Future[tuple[object, ...]]":
        """See `Executor.submit`; the future is done when this returns."""
        return completed(lambda: evaluated(self._catalog, request, self._network(request)))

    def _network(self, request: EvaluationRequest) -> Runs:
        if self._latest is None or self._latest[0] != request.model:
            self._latest = None  # two models need not be in memory at once
            model = self._catalog.model(request)
            self._latest = request.model, Network(model, self._catalog.costs, self._properties)
        return self._latest[1]


def evaluated(catalog: Catalog, request: EvaluationRequest, network: Runs) -> tuple[object, ...]:
    """Return the judge's result for each sample of a request.

    Args:
        catalog: the models, samples and judges that the request may name.
        request: for the model that `network` runs.
        network: runs the model.
    """
    judge, indices = catalog.judge(request), catalog.indices(request)
    kept: list[object] = []

    def sink(index: int, outputs: Outputs) -> None:
        kept.append(judge(index, outputs))

    network.run(catalog.tensors, indices, sink)
    return tuple(kept)
