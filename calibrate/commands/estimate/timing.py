"""Time single steps of a probe."""

import time
from collections.abc import Callable
from typing import TypeVar

import openvino as ov

from calibrate.core.precision import (
    Precision,
)
from calibrate.core.tensors import Tensors
from calibrate.runtime.inference import LATENCY, input_shapes
from calibrate.runtime.inference_precision import with_precision
from calibrate.runtime.native_errors import native_errors

Result = TypeVar("Result")

_TIMING = 0.5
"""Seconds for which each model is timed."""


def timed(make: Callable[[], Result]) -> tuple[float, Result]:
    """Return the seconds that a function takes, and its result."""
    begun = time.perf_counter()
    result = make()
    return time.perf_counter() - begun, result


def process_time_of(make: Callable[[], Result]) -> tuple[float, float, Result]:
    """Return processor seconds, seconds and the result."""
    begun = time.process_time()
    took, result = timed(make)
    return time.process_time() - begun, took, result


@native_errors()
def mean_latency(model: ov.Model, tensors: Tensors, precision: Precision) -> float:
    """Return the mean seconds of one inference; the mean decides how many fit into a time."""
    properties = with_precision(LATENCY, precision.compute_type)
    request = ov.Core().compile_model(model, "CPU", properties).create_infer_request()
    batch = tensors.batch(input_shapes(model))
    feed = tensors.feed(list(range(min(batch, len(tensors)))), batch)
    request.infer(feed)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < _TIMING:
        request.infer()
        count += 1
    return (time.perf_counter() - begun) / count
