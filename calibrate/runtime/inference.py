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
from calibrate.models.bodies import stream_properties
from calibrate.models.openvino_errors import error_reason
from calibrate.models.with_batch import with_batch
from calibrate.runtime.native_errors import native_errors

PRECISION = {"INFERENCE_PRECISION_HINT": "f32"}
"""Keeps FP32 on CPUs that would run it as bfloat16, so that only INT8 causes a drop."""

THROUGHPUT: Mapping[str, Any] = {**PRECISION, "PERFORMANCE_HINT": "THROUGHPUT"}
LATENCY: Mapping[str, Any] = {**PRECISION, "PERFORMANCE_HINT": "LATENCY"}
WITHOUT_KERNELS: Mapping[str, Any] = {**LATENCY, "NUM_STREAMS": 1, "LP_TRANSFORMS_MODE": "NO"}
"""FakeQuantize rounds and products are computed in FP32: INT8 that cannot saturate.

One stream: with several, OpenVINO 2026.4.1 compiled such a model to one of other outputs in 13 of
95 compilations, with one in none of 95."""


class Runs(Protocol):
    """Infers samples and passes their outputs on, in this process or another."""

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
    """A compiled model and the names of its outputs.

    Args:
        model: with static inputs.
        costs: where compilations and inferences are counted.
        properties: of the CPU plugin.
        batch: number of samples in one inference, if the model takes one and computes the same
            with this batch (`inference_batch`); each sample counts as an inference.
    """

    def __init__(
        self,
        model: ov.Model,
        costs: Costs,
        properties: Mapping[str, Any] = THROUGHPUT,
        *,
        batch: int = 1,
    ) -> None:
        wider = with_batch(model, batch) if batch > 1 else None
        self._widened = wider is not None
        model = model if wider is None else wider
        self._model = model
        self._names = output_names(model)
        self._costs = costs
        begun = costs.clock()
        with native_errors():
            self._compiled = ov.Core().compile_model(
                model, "CPU", {**properties, **stream_properties(model)}
            )
        costs.spend(compilations=1)
        costs.compile_seconds.append(costs.clock() - begun)

    @property
    def compiled(self) -> ov.CompiledModel:
        """The compiled model, for profiles."""
        return self._compiled

    @property
    def is_widened(self) -> bool:
        """Whether the model was reshaped to a batch, so that all outputs are [batch, ...]."""
        return self._widened

    def run(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        sink: Callable[[int, Outputs], None],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Infer the samples at `indices`, passing each sample's outputs to `sink`.

        Args:
            tensors: the samples.
            indices: which of them; outputs arrive in this order.
            sink: takes the index and the outputs without the batch; the arrays are only valid
                during the call. An exception from it ends the run.
            stop: called before each inference; True ends the run early.

        Raises:
            CalibrateError: an inference fails; `where` names the (first) sample of it.
        """
        split = rows(self._model, tensors.batch(input_shapes(self._model)))

        def take(chunk: Sequence[int], arrays: Sequence[NDArray[Any]]) -> None:
            for row, index in enumerate(chunk):
                sink(index, dict(zip(self._names, split(arrays, row), strict=True)))

        self._infer(tensors, indices, take, stop)

    def run_together(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        sink: Callable[[Sequence[int], Outputs], None],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Infer as `run` does, passing the outputs [n, ...] of n samples at a time to `sink`.

        Only for a network that `is_widened`.
        """

        def take(chunk: Sequence[int], arrays: Sequence[NDArray[Any]]) -> None:
            parts = (array[: len(chunk)] for array in arrays)
            sink(chunk, dict(zip(self._names, parts, strict=True)))

        self._infer(tensors, indices, take, stop)

    def _infer(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        take: Callable[[Sequence[int], Sequence[NDArray[Any]]], None],
        stop: Callable[[], bool],
    ) -> None:
        """Pass the samples and output arrays of each inference to `take`, in order."""
        batch = tensors.batch(input_shapes(self._model))
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
            take(chunk, [tensor.data for tensor in request.output_tensors])
            return request

        try:
            for chunk in chunks(indices, batch):
                if stop():
                    break
                # While one result is processed, the other requests keep every stream busy.
                request = requests.pop() if requests else finish()
                feed = tensors.feed(chunk, batch)
                for key, array in feed.items():
                    request.set_input_tensor(key, ov.Tensor(array, shared_memory=True))
                request.start_async()
                self._costs.spend(inferences=len(chunk) if self._widened else 1)
                under_way.append(_Running(request, chunk, feed))
            while under_way:
                finish()
        finally:
            for running in under_way:
                # The first failure is raised; these only have to finish.
                with contextlib.suppress(RuntimeError):
                    running.request.wait()

    def _width(self) -> int:
        """Return the number of requests: one per stream, and one that waits for a free stream."""
        return int(self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1


class _Running(NamedTuple):
    """An inference in flight and its inputs, which nothing else keeps alive."""

    request: ov.InferRequest
    chunk: Sequence[int]
    feed: Mapping[int, NDArray[Any]]


def input_shapes(model: ov.Model | ov.CompiledModel) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of a static model's inputs, in order."""
    return tuple(tuple(port.get_shape()) for port in model.inputs)


def output_names(model: ov.Model) -> tuple[str, ...]:
    """Return each output's first tensor name, or its node's name."""
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
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def rows(
    model: ov.Model, batch: int
) -> Callable[[Sequence[NDArray[Any]], int], list[NDArray[Any]]]:
    """Return a function that takes one sample's part of all output arrays, in order."""
    batched = tuple(_is_batched(port, batch) for port in model.outputs)

    def split(arrays: Sequence[NDArray[Any]], row: int) -> list[NDArray[Any]]:
        return [
            array[row] if by_sample else array
            for array, by_sample in zip(arrays, batched, strict=True)
        ]

    return split


def _is_batched(port: ov.Output, batch: int) -> bool:
    """Return whether the first dimension is the batch.

    With static inputs, a dynamic dimension is a number of results, such as boxes. With one sample
    per inference it belongs to that sample; with several it can only be the batch.
    """
    shape = port.get_partial_shape()
    if len(shape) == 0:
        return False
    return batch > 1 if shape[0].is_dynamic else shape[0].get_length() == batch


def chunks(indices: Sequence[int], batch: int) -> Iterator[Sequence[int]]:
    """Yield the samples of each inference."""
    for start in range(0, len(indices), batch):
        yield indices[start : start + batch]
