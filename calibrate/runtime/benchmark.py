"""Latency and throughput of several models, measured side by side in one run."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.tensors import Tensors
from calibrate.runtime.inference import LATENCY, THROUGHPUT, input_shapes


@dataclass(frozen=True, slots=True)
class Settings:
    """How the plugin is asked to run.

    Attributes:
        streams: inferences side by side for the throughput; as many as the hint finds best if
            None.
        threads: that the plugin may use; all cores if None.
    """

    streams: int | None = None
    threads: int | None = None

    def of(self, hint: Mapping[str, Any]) -> dict[str, Any]:
        """Plugin properties: a hint with these settings over it."""
        properties = dict(hint)
        if self.threads is not None:
            properties["INFERENCE_NUM_THREADS"] = self.threads
        if self.streams is not None and hint is THROUGHPUT:
            properties["NUM_STREAMS"] = self.streams
        return properties


@dataclass(frozen=True, slots=True)
class Timing:
    """One model's times.

    Attributes:
        latency_ms: median over all inferences, one at a time, milliseconds.
        latency_low_ms: first quartile.
        latency_high_ms: third quartile.
        throughput: samples per second with the throughput hint, median over rounds.
        ratios: latency of the first model of the run over this one's, round by round.
    """

    latency_ms: float
    latency_low_ms: float
    latency_high_ms: float
    throughput: float
    ratios: tuple[float, ...]

    @property
    def speedup(self) -> float:
        """Median of the ratios: how many times faster than the first model."""
        return statistics.median(self.ratios)


def compare(
    models: Mapping[str, ov.Model],
    tensors: Tensors | Mapping[str, Tensors],
    costs: Costs,
    *,
    seconds: float,
    rounds: int = 7,
    settings: Settings = Settings(),
) -> dict[str, Timing]:
    """Time models in turn, A B C A B C …, so that a drifting machine spoils no comparison.

    Args:
        models: by name; ratios are taken against the first.
        tensors: real inputs, the same for all models or each its own by name; content can change
            the time of some kernels.
        costs: where compilations and inferences are counted.
        seconds: about how long all of it may take.
        rounds: how often each model has its turn.
        settings: of streams and threads.
    """
    core = ov.Core()
    own = tensors if isinstance(tensors, Mapping) else dict.fromkeys(models, tensors)
    batches = {name: own[name].batch(input_shapes(model)) for name, model in models.items()}
    inputs = {name: _inputs(own[name], batch) for name, batch in batches.items()}
    single = {
        name: core.compile_model(model, "CPU", settings.of(LATENCY)).create_infer_request()
        for name, model in models.items()
    }
    # Half the time for latency, half for throughput; the warm-up round tells how long one takes.
    slot = seconds / (2 * (rounds + 1) * len(models))
    latencies: dict[str, list[list[float]]] = {name: [] for name in models}
    for turn in range(rounds + 1):
        for name, request in single.items():
            times = _one_by_one(request, inputs[name], slot)
            costs.spend(inferences=len(times))
            if turn:
                latencies[name].append(times)
    del single
    queues = {
        name: ov.AsyncInferQueue(core.compile_model(model, "CPU", settings.of(THROUGHPUT)))
        for name, model in models.items()
    }
    costs.spend(compilations=2 * len(models))
    rates: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(rounds + 1):
        for name, queue in queues.items():
            expected = statistics.median(latencies[name][0])
            count = max(2 * len(queue), min(512, round(slot / expected)))
            rate = _all_at_once(queue, inputs[name], count) * batches[name]
            costs.spend(inferences=count)
            if turn:
                rates[name].append(rate)
    return _summaries(latencies, rates)


def _inputs(tensors: Tensors, batch: int) -> dict[int, ov.Tensor]:
    feed = tensors.feed(list(range(min(batch, len(tensors)))), batch)
    return {key: ov.Tensor(array) for key, array in feed.items()}


def _summaries(
    latencies: Mapping[str, Sequence[Sequence[float]]], rates: Mapping[str, Sequence[float]]
) -> dict[str, Timing]:
    medians = {
        name: [statistics.median(turn) for turn in timing_lock]
        for name, timing_lock in latencies.items()
    }
    first = next(iter(medians))
    result = {}
    for name, timing_lock in latencies.items():
        every = sorted(value * 1e3 for turn in timing_lock for value in turn)
        quartiles = statistics.quantiles(every, n=4, method="inclusive")
        ratios = [a / b for a, b in zip(medians[first], medians[name], strict=True)]
        result[name] = Timing(
            latency_ms=quartiles[1],
            latency_low_ms=quartiles[0],
            latency_high_ms=quartiles[2],
            throughput=statistics.median(rates[name]),
            ratios=tuple(ratios),
        )
    return result


def _one_by_one(
    request: ov.InferRequest, inputs: Mapping[int, ov.Tensor], seconds: float
) -> list[float]:
    """Seconds of each inference, at least three, until the time is up."""
    times: list[float] = []
    request.set_tensors({request.get_compiled_model().inputs[k]: t for k, t in inputs.items()})
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        request.infer()
        times.append(time.perf_counter() - start)
    return times


def _all_at_once(queue: ov.AsyncInferQueue, inputs: Mapping[int, ov.Tensor], count: int) -> float:
    """Inferences per second with every stream busy."""
    start = time.perf_counter()
    for _ in range(count):
        queue.start_async(dict(inputs))
    queue.wait_all()
    return count / (time.perf_counter() - start)
