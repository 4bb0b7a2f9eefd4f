"""Probe a run on a few images, and tell what all of it will cost; nothing is written."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.config.resolved import Resolved
from calibrate.contracts.candidate import INT8, Candidate, Group
from calibrate.contracts.costs import Costs, Spent
from calibrate.contracts.progress import Progress, Silent
from calibrate.contracts.sample import Item
from calibrate.contracts.tensors import Tensors
from calibrate.data.room import bytes_of
from calibrate.evaluate.footprint import peak_memory
from calibrate.evaluate.inference import LATENCY, Network
from calibrate.evaluate.observation import Reference, observe, observe_reference
from calibrate.model.inputs import InputPlan
from calibrate.model.prepare import Prepared, prepare
from calibrate.model.write import write_model
from calibrate.quantize.compose import Variants, compose, with_integer_weights
from calibrate.quantize.groups import find_groups
from calibrate.quantize.ptq import quantize
from calibrate.quantize.recipes import applied, worth_trying
from calibrate.quantize.tail import find_tail
from calibrate.report.forecast import Course, Forecast
from calibrate.report.record import StageCost
from calibrate.search.forecast import (
    Effort,
    Line,
    Probe,
    Sets,
    full_search,
    plain_passes,
    resident,
    total,
)
from calibrate.stages.checks import check_decoder, preparation_difference
from calibrate.stages.ground import judge_of, read_source
from calibrate.stages.images import DEFAULT_MEMORY, choose_items, gather, is_crossed
from calibrate.stages.perform import SECONDS

_FEW = 2
_IMAGES = 24
_TIMING = 0.5
"""Seconds for which each model is timed."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Given:
    """What the probe runs on: a few images, and models made of them."""

    resolved: Resolved
    tensors: Tensors
    plans: tuple[InputPlan, ...]
    prepared: Prepared
    kept: tuple[str, ...]

    @property
    def indices(self) -> range:
        return range(len(self.tensors))

    def quantized(self, settings: Quantization, count: int) -> ov.Model:
        batch = self.plans[0].batch
        feeds = [
            self.tensors.feed(list(self.indices)[start : min(start + batch, count)], batch)
            for start in range(0, count, batch)
        ]
        return quantize(
            self.prepared.model, feeds, settings, subset_size=len(feeds), kept=self.kept
        )


def forecast(resolved: Resolved, progress: Progress) -> Forecast:
    """Read, decode, quantize and infer a little, and extrapolate to the whole run.

    Raises:
        CalibrateError: anything wrong with the input.
    """
    begun = time.perf_counter()
    config = resolved.config
    with tempfile.TemporaryDirectory(prefix="calibrate-") as folder:
        probe, (inputs, others), count = _probe(resolved, progress, Path(folder))
    sets = _sets(resolved, count)
    search = config.search
    effort = Effort(search.ranking_subset_size, search.max_num_iterations, SECONDS)
    limit = (search.memory_limit or 2 * DEFAULT_MEMORY) << 19
    return Forecast(
        plain=_course(plain_passes(probe, sets, effort)),
        full=_course(full_search(probe, sets, effort)),
        peak_memory_bytes=_peak() + resident(limit, inputs * count, others * count),
        samples=count,
        groups=probe.groups,
        timeout=search.timeout,
        probe_seconds=time.perf_counter() - begun,
    )


def _probe(
    resolved: Resolved, progress: Progress, work: Path
) -> tuple[Probe, tuple[int, int], int]:
    """The times; bytes of an image's inputs and of what else is kept of it; how many there are."""
    costs = Costs(time.perf_counter)
    progress.stage("Reading the model")
    read, (source, plans) = _timed(lambda: read_source(resolved))
    progress.stage("Decoding a few images")
    listed, items = _timed(lambda: choose_items(resolved))
    chosen = _spread(items, _IMAGES)
    first, _ = _timed(lambda: gather(resolved, chosen[:2], plans, Silent(), work))
    decoded, (tensors, plans) = _timed(lambda: gather(resolved, chosen, plans, Silent(), work))
    progress.stage("Preparing the model")

    def prepared_and_compared() -> Prepared:
        made = prepare(source, plans)
        check_decoder(resolved, made.model)
        preparation_difference(source, plans, made.model, tensors, costs)
        return made

    preparing, prepared = _timed(prepared_and_compared)
    kept = find_tail(prepared.model) if resolved.config.quantization.keep_tail else ()
    given = _Given(resolved, tensors, plans, prepared, kept)
    progress.stage("Probing FP32")
    fp32, reference = _fp32(given, costs)
    progress.stage("Probing calibration")
    settings = resolved.config.quantization
    given.quantized(settings, 1)  # the first time NNCF loads what it needs
    plain, quantized = _quantizing(given, settings)
    groups = find_groups(quantized)
    progress.stage("Probing INT8")
    whole = Candidate.uniform(groups, INT8)
    composing, model = _timed(lambda: _composed(given, quantized, groups, whole))
    int8 = _int8(model, reference, costs)
    latencies = [_latency(one, tensors) for one in (prepared.model, model)]
    progress.stage("Probing recipes")
    footprint, _ = _timed(lambda: _footprint(prepared.model, work / "probe.xml"))
    probe = Probe(
        read=read,
        decode=Line(listed + max(0.0, first - decoded), decoded / len(chosen)),
        prepare=preparing,
        fp32=fp32,
        int8=int8,
        plain=plain,
        recipes=_recipes(given),
        compose=composing,
        footprint=footprint,
        latency=latencies[0],
        latency_int8=latencies[1],
        streams=_streams(prepared.model),
        groups=len(groups),
    )
    inputs = sum(rows[0].nbytes for rows in tensors.inputs)
    others = [tensors.facts, reference.signatures, reference.predictions]
    return probe, (inputs, bytes_of(others) // len(tensors)), len(items)


def _timed(make: Callable[[], Made]) -> tuple[float, Made]:
    begun = time.perf_counter()
    made = make()
    return time.perf_counter() - begun, made


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """Entries from all of the list: neighbours are often alike."""
    step = max(1, len(items) // most)
    return list(items[::step][:most])


def _fp32(given: _Given, costs: Costs) -> tuple[Line, Reference]:
    compiling, network = _timed(lambda: Network(given.prepared.model, costs))
    judge = judge_of(given.resolved)

    def run() -> Reference:
        return observe_reference(network, given.tensors, given.indices, judge, lambda: None)[1]

    run()  # the first inferences allocate
    seconds, reference = _timed(run)
    return Line(compiling, seconds / len(given.tensors)), reference


def _int8(model: ov.Model, reference: Reference, costs: Costs) -> Line:
    compiling, network = _timed(lambda: Network(model, costs))
    indices = range(len(reference.tensors))

    def run() -> object:
        return observe(network, reference, indices)

    run()
    seconds, _ = _timed(run)
    return Line(compiling, seconds / len(indices))


def _quantizing(given: _Given, settings: Quantization) -> tuple[Line, ov.Model]:
    """Seconds over calibration images, and the model of the most of them.

    The slope is small beside what quantizing takes anyway, so it is taken from processor time,
    which other programs on the machine do not stretch.
    """
    few, more = min(_FEW, len(given.tensors) - 1), len(given.tensors)
    first, _, _ = _worked(lambda: given.quantized(settings, few))
    worked, took, model = _worked(lambda: given.quantized(settings, more))
    share = took / worked if worked > 0 else 1.0
    return Line.through((few, first * share), (more, took)), model


def _worked(make: Callable[[], Made]) -> tuple[float, float, Made]:
    """Processor seconds and seconds."""
    begun = time.process_time()
    took, made = _timed(make)
    return time.process_time() - begun, took, made


def _recipes(given: _Given) -> tuple[Line, ...]:
    """The first of the recipes stands for all; they differ little in what they take."""
    config = given.resolved.config
    recipes = worth_trying(config.quantization, config.search.recipes)
    if not recipes:
        return ()
    line, _ = _quantizing(given, applied(config.quantization, recipes[0]))
    return (line,) * len(recipes)


def _composed(
    given: _Given, quantized: ov.Model, groups: tuple[Group, ...], candidate: Candidate
) -> ov.Model:
    variants = Variants(given.prepared.model, {INT8: quantized}, groups)
    return with_integer_weights(compose(variants, candidate))


def _latency(model: ov.Model, tensors: Tensors) -> float:
    """Seconds of one inference by itself; the mean, since that decides how many fit into a time."""
    request = ov.Core().compile_model(model, "CPU", dict(LATENCY)).create_infer_request()
    batch = int(model.inputs[0].get_shape()[0])
    feed = tensors.feed(list(range(min(batch, len(tensors)))), batch)
    request.infer(feed)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < _TIMING:
        request.infer()
        count += 1
    return (time.perf_counter() - begun) / count


def _streams(model: ov.Model) -> int:
    network = Network(model, Costs(time.perf_counter))
    return int(network.compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))


def _footprint(model: ov.Model, path: Path) -> int:
    write_model(model, path)
    return peak_memory(path)


def _sets(resolved: Resolved, count: int) -> Sets:
    """About as `divide` does, which has to see the images."""
    config = resolved.config
    wanted = config.split.calibration or config.quantization.subset_size
    if is_crossed(config.split, count):
        return Sets(count, min(wanted, count), count - round(count / 2), count)
    acceptance = round(count * config.split.acceptance)
    rest = count - acceptance
    calibration = min(wanted, rest)
    search = rest - calibration if rest - calibration >= 2 * wanted else rest
    return Sets(search + acceptance, calibration, search, acceptance)


def _course(stages: Mapping[str, Spent]) -> Course:
    spent = total(stages)
    return Course(
        seconds=spent.seconds,
        compilations=spent.compilations,
        inferences=spent.inferences,
        stages={
            name: StageCost(
                seconds=one.seconds, compilations=one.compilations, inferences=one.inferences
            )
            for name, one in stages.items()
        },
    )


def _peak() -> int:
    """Bytes, resident, that this process has had at most; the probe did all that a run does."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
