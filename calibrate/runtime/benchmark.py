"""Latency and throughput of several models, measured side by side in one run."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.tensors import Tensors
from calibrate.runtime.inference import LATENCY, THROUGHPUT, input_shapes
from calibrate.runtime.inference_precision import with_precision
from calibrate.runtime.machine_load import Conditions, LoadMeter
from calibrate.runtime.native_errors import native_errors
from calibrate.runtime.timing_effort import FEWEST, Effort, inferences_at_once, turn_seconds
from calibrate.stats.median_interval import median_interval


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the plugin.

    Attributes:
        streams: inferences side by side for the throughput; as many as the hint finds best if
            None.
        threads: that the plugin may use; all cores if None.
        types: by model, what it computes floating point in; FP32 where it is not named.
    """

    streams: int | None = None
    threads: int | None = None
    types: Mapping[str, ComputeType] = field(default_factory=dict)

    def of(self, hint: Mapping[str, Any], name: str = "") -> dict[str, Any]:
        """Return the plugin properties of a model: a hint overridden by these settings."""
        properties = with_precision(hint, self.types.get(name, "f32"))
        if self.threads is not None:
            properties["INFERENCE_NUM_THREADS"] = self.threads
        if self.streams is not None and hint is THROUGHPUT:
            properties["NUM_STREAMS"] = self.streams
        return properties


@dataclass(frozen=True, slots=True)
class Timing:
    """One model's times.

    Attributes:
        latency_ms: of one inference by itself, milliseconds: that of the first model divided by
            `speedup`, so that the two agree.
        latency_low_ms: first quartile of all inferences.
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

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of `speedup`."""
        return median_interval(self.ratios)

    def over(self, other: "Timing") -> tuple[float, tuple[float, float]]:
        """How many times faster than another model of the run, with its 95 % interval.

        The ratio is that of the two latencies. The interval is that of the median of the ratios
        round by round, which may differ a little, extended to contain the ratio.
        """
        ratio = self.speedup / other.speedup
        pairs = zip(self.ratios, other.ratios, strict=True)
        low, high = median_interval([mine / others for mine, others in pairs])
        return ratio, (min(low, ratio), max(high, ratio))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models timed side by side, by name; the first is what ratios are taken against."""

    timings: Mapping[str, Timing]
    conditions: Conditions


@native_errors()
def compare(
    models: Mapping[str, ov.Model],
    tensors: Tensors | Mapping[str, Tensors],
    costs: Costs,
    *,
    effort: Effort,
    settings: Settings = Settings(),
) -> Comparison:
    """Time models in turn, A B C A B C …, so that a drift of the machine affects all alike.

    A round's time of a model is the first quartile of its inferences: preemption can only add
    time. Rounds go on until every ratio is known to the stated precision, or patience ends.

    Args:
        models: by name; ratios are taken against the first.
        tensors: real inputs, the same for all models or by model name; content can change the
            time of some kernels.
        costs: where compilations and inferences are counted.
        effort: how long.
        settings: of streams, threads and precisions.
    """
    samples = tensors if isinstance(tensors, Mapping) else dict.fromkeys(models, tensors)
    batches = {name: samples[name].batch(input_shapes(model)) for name, model in models.items()}
    inputs = {name: _inputs(samples[name], batch) for name, batch in batches.items()}
    meter = LoadMeter()
    latencies = _latencies(models, inputs, costs, effort, settings)
    slot = turn_seconds(effort, len(models))
    queues = {
        name: ov.AsyncInferQueue(
            ov.Core().compile_model(model, "CPU", settings.of(THROUGHPUT, name))
        )
        for name, model in models.items()
    }
    costs.spend(compilations=2 * len(models))
    rates: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(effort.rounds + 1):
        for name, queue in queues.items():
            expected = statistics.median(latencies[name][0])
            count = inferences_at_once(slot, expected, len(queue))
            rate = _all_at_once(queue, inputs[name], count) * batches[name]
            costs.spend(inferences=count)
            if turn:
                rates[name].append(rate)
    first = next(iter(models))
    conditions = meter.read([_typical(turn) for turn in latencies[first]])
    return Comparison(summarize(latencies, rates), conditions)


def summarize(
    latencies: Mapping[str, Sequence[Sequence[float]]], rates: Mapping[str, Sequence[float]]
) -> dict[str, Timing]:
    """The times of each model.

    Args:
        latencies: by model, seconds of each inference, round by round.
        rates: by model, samples per second, round by round.
    """
    typical = {name: [_typical(turn) for turn in turns] for name, turns in latencies.items()}
    first = next(iter(typical))
    base = statistics.median(typical[first]) * 1e3
    result = {}
    for name, turns in latencies.items():
        every = [value * 1e3 for turn in turns for value in turn]
        quartiles = statistics.quantiles(every, n=4, method="inclusive")
        ratios = _ratios(typical, first, name)
        result[name] = Timing(
            latency_ms=base / statistics.median(ratios),
            latency_low_ms=quartiles[0],
            latency_high_ms=quartiles[2],
            throughput=statistics.median(rates[name]),
            ratios=ratios,
        )
    return result


def _latencies(
    models: Mapping[str, ov.Model],
    inputs: Mapping[str, Mapping[int, ov.Tensor]],
    costs: Costs,
    effort: Effort,
    settings: Settings,
) -> dict[str, list[list[float]]]:
    """Seconds of each inference, by model and round; the warm-up round is left out."""
    single = {
        name: ov.Core().compile_model(model, "CPU", settings.of(LATENCY, name))
        for name, model in models.items()
    }
    requests = {name: compiled.create_infer_request() for name, compiled in single.items()}
    latencies: dict[str, list[list[float]]] = {name: [] for name in models}
    slot, begun, turn = turn_seconds(effort, len(models)), time.perf_counter(), 0
    while turn <= effort.rounds or not (
        _is_known(latencies, effort.precision)
        or time.perf_counter() - begun > effort.patience * effort.seconds / 2
    ):
        for name, request in requests.items():
            times = _one_by_one(request, inputs[name], slot)
            costs.spend(inferences=len(times))
            if turn:
                latencies[name].append(times)
        turn += 1
    return latencies


def _is_known(latencies: Mapping[str, Sequence[Sequence[float]]], precision: float) -> bool:
    """Return whether the interval of every ratio is as narrow as requested."""
    typical = {name: [_typical(turn) for turn in turns] for name, turns in latencies.items()}
    first = next(iter(typical))
    for name in typical:
        ratios = _ratios(typical, first, name)
        low, high = median_interval(ratios)
        if high - low > 2 * precision * statistics.median(ratios):
            return False
    return True


def _ratios(typical: Mapping[str, Sequence[float]], first: str, name: str) -> tuple[float, ...]:
    return tuple(a / b for a, b in zip(typical[first], typical[name], strict=True))


def _typical(times: Sequence[float]) -> float:
    """The first quartile: preemption only ever adds time."""
    if len(times) < 2:
        return times[0]
    return statistics.quantiles(times, n=4, method="inclusive")[0]


def _inputs(tensors: Tensors, batch: int) -> dict[int, ov.Tensor]:
    feed = tensors.feed(list(range(min(batch, len(tensors)))), batch)
    return {key: ov.Tensor(array) for key, array in feed.items()}


def _one_by_one(
    request: ov.InferRequest, inputs: Mapping[int, ov.Tensor], seconds: float
) -> list[float]:
    """Seconds of each inference, at least `FEWEST`, until the time is up."""
    times: list[float] = []
    request.set_tensors({request.get_compiled_model().inputs[k]: t for k, t in inputs.items()})
    end = time.perf_counter() + seconds
    while len(times) < FEWEST or time.perf_counter() < end:
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
