"""Inference over calibration inputs that keeps every core busy while outputs are processed."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import openvino as ov
from numpy.typing import NDArray

from calibrate.models.bodies import stream_properties

_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}


def infer_ahead(
    model: ov.Model, feeds: Sequence[Mapping[int, NDArray[Any]]]
) -> Iterator[list[NDArray[Any]]]:
    """Yield a model's outputs for each feed, in order; valid until the next are requested.

    Args:
        model: with static inputs.
        feeds: inputs of inferences.
    """
    compiled = ov.Core().compile_model(model, "CPU", {**_PROPERTIES, **stream_properties(model)})
    width = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1
    idle = [compiled.create_infer_request() for _ in range(width)]
    # Each inference with its inputs, which nothing else keeps alive.
    running: deque[tuple[ov.InferRequest, Any]] = deque()

    def finish() -> list[NDArray[Any]]:
        request, _ = running.popleft()
        request.wait()
        idle.append(request)
        return [tensor.data for tensor in request.output_tensors]

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
