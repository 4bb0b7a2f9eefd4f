"""Asynchronous inference that keeps every core busy and no output longer than needed."""

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import openvino as ov
from numpy.typing import NDArray

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.models.openvino_errors import error_reason

PRECISION = {"INFERENCE_PRECISION_HINT": "f32"}
"""FP32 stays FP32 on CPUs that would run it as bfloat16, so that a drop is INT8's alone."""

THROUGHPUT: Mapping[str, Any] = {**PRECISION, "PERFORMANCE_HINT": "THROUGHPUT"}
LATENCY: Mapping[str, Any] = {**PRECISION, "PERFORMANCE_HINT": "LATENCY"}
WITHOUT_KERNELS: Mapping[str, Any] = {**THROUGHPUT, "LP_TRANSFORMS_MODE": "NO"}
"""FakeQuantize rounds, and everything is multiplied in FP32: INT8 that cannot saturate."""


class Runs(Protocol):
    """What takes samples and hands on their outputs, wherever it computes them."""

    def run(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        sink: Callable[[int, Outputs], None],
        *,
        stop: Callable[[], bool] = ...,
    ) -> None:
        """See `Network.run`."""
        ...


class Network:
    """A compiled model and the names of its outputs."""

    def __init__(
        self, model: ov.Model, costs: Costs, properties: Mapping[str, Any] = THROUGHPUT
    ) -> None:
        self._model = model
        self._names = output_names(model)
        self._costs = costs
        try:
            self._compiled = ov.Core().compile_model(model, "CPU", dict(properties))
        except RuntimeError as error:
            raise CalibrateError(
                f"the CPU plugin cannot compile the model: {error_reason(error)}",
                hint="does `benchmark_app -d CPU` run it?",
            ) from error
        costs.spend(compilations=1)

    @property
    def compiled(self) -> ov.CompiledModel:
        """The compiled model itself, for profiles."""
        return self._compiled

    def run(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        sink: Callable[[int, Outputs], None],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Infer the samples at `indices`, handing each one's outputs to `sink`.

        Args:
            tensors: the samples.
            indices: which of them; outputs arrive in this order.
            sink: takes the index and the outputs without the batch; the arrays are only valid
                during the call. What it raises ends the run.
            stop: asked before each inference; True ends the run early.

        Raises:
            CalibrateError: an inference fails; `where` names the (first) sample of it.
        """
        batch = tensors.batch(input_shapes(self._model))
        split = rows(self._model, batch)
        requests = [self._compiled.create_infer_request() for _ in range(self._width())]
        under_way: deque[_Running] = deque()

        def finish() -> ov.InferRequest:
            request, chunk, _ = under_way.popleft()
            try:
                request.wait()
            except RuntimeError as error:
                facts = tensors.facts[chunk[0]]
                raise CalibrateError(
                    f"inference fails: {error_reason(error)}",
                    where=facts.source or facts.id,
                    hint="does `benchmark_app -d CPU` run the model?",
                ) from error
            arrays = [tensor.data for tensor in request.output_tensors]
            for row, index in enumerate(chunk):
                sink(index, dict(zip(self._names, split(arrays, row), strict=True)))
            return request

        try:
            for chunk in chunks(indices, batch):
                if stop():
                    break
                # While one result is looked at, the other requests keep every stream busy.
                request = requests.pop() if requests else finish()
                feed = tensors.feed(chunk, batch)
                for key, array in feed.items():
                    request.set_input_tensor(key, ov.Tensor(array, shared_memory=True))
                request.start_async()
                self._costs.spend(inferences=1)
                under_way.append(_Running(request, chunk, feed))
            while under_way:
                finish()
        finally:
            for running in under_way:
                # What failed first is told; these only have to be over.
                with contextlib.suppress(RuntimeError):
                    running.request.wait()

    def _width(self) -> int:
        """Requests in flight: one a stream, and one more that waits for the first to be free."""
        return int(self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1


class _Running(NamedTuple):
    """An inference under way, and the memory that it reads: nobody else keeps a batch alive."""

    request: ov.InferRequest
    chunk: Sequence[int]
    feed: Mapping[int, NDArray[Any]]


def input_shapes(model: ov.Model | ov.CompiledModel) -> tuple[tuple[int, ...], ...]:
    """Shapes of a static model's inputs, in order."""
    return tuple(tuple(port.get_shape()) for port in model.inputs)


def output_names(model: ov.Model) -> tuple[str, ...]:
    """Each output's first tensor name, or its node's name."""
    return tuple(
        str(min(port.get_names())) if port.get_names() else str(port.get_node().friendly_name)
        for port in model.outputs
    )


def output_shapes(model: ov.Model) -> dict[str, tuple[int, ...]]:
    """Shapes of the outputs by name, with the batch; -1 for dimensions known at run time only."""
    return {
        name: tuple(d.get_length() if d.is_static else -1 for d in port.get_partial_shape())
        for name, port in zip(output_names(model), model.outputs, strict=True)
    }


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def rows(
    model: ov.Model, batch: int
) -> Callable[[Sequence[NDArray[Any]], int], list[NDArray[Any]]]:
    """What takes one sample's part from the arrays of all outputs, in their order."""
    batched = tuple(_is_batched(port, batch) for port in model.outputs)

    def split(arrays: Sequence[NDArray[Any]], row: int) -> list[NDArray[Any]]:
        return [
            array[row] if by_sample else array
            for array, by_sample in zip(arrays, batched, strict=True)
        ]

    return split


def _is_batched(port: ov.Output, batch: int) -> bool:
    """Whether the first dimension is the batch.

    With static inputs, an open dimension counts what the model found, boxes for instance; for
    one sample an inference that count is the sample's own, of several it can only be the batch.
    """
    shape = port.get_partial_shape()
    if len(shape) == 0:
        return False
    return batch > 1 if shape[0].is_dynamic else shape[0].get_length() == batch


def chunks(indices: Sequence[int], batch: int) -> Iterator[Sequence[int]]:
    """The samples of one inference after the other."""
    for start in range(0, len(indices), batch):
        yield indices[start : start + batch]
