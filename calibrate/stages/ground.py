"""What everything stands on: images, the prepared FP32 model, and what it makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.config.resolved import Resolved
from calibrate.contracts.component import Expecting, Outputs
from calibrate.contracts.costs import Costs
from calibrate.contracts.observation import Observation
from calibrate.contracts.progress import Progress
from calibrate.contracts.sample import Item
from calibrate.contracts.tensors import Tensors
from calibrate.data.tensors import Chain, Keeping, bind_plans, load
from calibrate.errors import CalibrateError, raise_all
from calibrate.evaluate.fp32 import observe_fp32
from calibrate.evaluate.inference import Network, output_shapes
from calibrate.evaluate.observation import Judge, Reference, observe_reference
from calibrate.model.inputs import InputPlan, plan_inputs
from calibrate.model.prepare import Prepared, prepare
from calibrate.model.read import read_model
from calibrate.model.write import digest_files
from calibrate.search.estimate import (
    Estimate,
    Slope,
    calibrated_estimate,
    combined_estimate,
    pooled_slope,
)
from calibrate.search.folds import split, subsample
from calibrate.search.interval import paired_drop, scores
from calibrate.search.race import Race, Standing, open_drops, sequential_standing
from calibrate.stages.facts import arithmetic_facts, judge_digest, model_digest, tensors_digest
from calibrate.stages.memory import Memory, Shelf

DEFAULT_MEMORY = 4096
"""MiB of decoded images kept in memory unless `search.memory_limit` says otherwise."""

_CHECKED_SAMPLES = 4

_RACE_ERROR = 0.01
"""Probability of giving a candidate up that would have been within budget on all search images."""


@dataclass(frozen=True, slots=True)
class Images:
    """The samples and the three sets, as indices into `tensors`."""

    tensors: Tensors
    calibration: tuple[int, ...]
    search: tuple[int, ...]
    acceptance: tuple[int, ...]

    @property
    def everything(self) -> tuple[int, ...]:
        """Search and acceptance samples, ascending."""
        return tuple(sorted((*self.search, *self.acceptance)))


@dataclass(frozen=True, slots=True)
class Ground:
    """The FP32 side of a run."""

    resolved: Resolved
    plans: tuple[InputPlan, ...]
    prepared: Prepared
    largest_difference: float
    images: Images
    reference: Reference
    observed: Observation
    costs: Costs
    progress: Progress
    memory: Memory = field(default_factory=Memory)

    def budgets(self, indices: Sequence[int]) -> tuple[float, ...]:
        """The absolute budget of each metric, `relative` ones from FP32's value on a set."""
        found = []
        for position, judged in enumerate(self.resolved.metrics):
            value = self.value(self.observed, position, indices)
            relative = judged.drop_type == "relative"
            found.append(judged.max_drop * abs(value) if relative else judged.max_drop)
        return tuple(found)

    def value(self, seen: Observation, position: int, indices: Sequence[int]) -> float:
        """A metric's value on a set of samples."""
        metric = self.resolved.metrics[position].metric
        ones = np.ones((1, len(indices)), np.int64)
        return float(metric.aggregate(seen.of(position, indices), ones)[0])

    def estimates(
        self, seen: Sequence[Observation], position: int, indices: Sequence[Sequence[int]]
    ) -> list[Estimate]:
        """One metric's drop of several models on search images, each with its standard error.

        For choosing, not for judging: where the metric can say without labels what a change is
        expected to cost, that is calibrated on the labels and used, since it has less noise.
        """
        slope = self.slope(seen, position, indices)
        if slope is None:
            pairs = zip(seen, indices, strict=True)
            return [self._drop(one, position, own) for one, own in pairs]
        return [
            calibrated_estimate(self._expected(one, position, own), slope)
            for one, own in zip(seen, indices, strict=True)
        ]

    def slope(
        self, seen: Sequence[Observation], position: int, indices: Sequence[Sequence[int]]
    ) -> Slope | None:
        """What a flip costs for what is expected of it; None for metrics that cannot say."""
        if not isinstance(self.resolved.metrics[position].metric, Expecting):
            return None
        pairs = list(zip(seen, indices, strict=True))
        return pooled_slope(
            [self._counted(one, position, own) for one, own in pairs],
            [self._expected(one, position, own) for one, own in pairs],
        )

    def race(
        self, seen: Observation, position: int, order: Sequence[int], count: int, budget: float
    ) -> Standing:
        """Where a metric that is a mean stands after the first `count` images of an order."""
        metric = self.resolved.metrics[position].metric
        if not metric.is_mean:
            return "open"
        least, greatest = metric.bounds
        unseen = (
            scores(metric, self.observed.of(position, order[count:]))
            if count < len(order)
            else np.empty(0)
        )
        so_far = Race(
            self._counted(seen, position, order[:count]),
            *open_drops(unseen, metric.bounds, higher_is_better=metric.higher_is_better),
        )
        span = (least - greatest, greatest - least)
        return sequential_standing(so_far, budget, error=_RACE_ERROR, bounds=span)

    def combined(
        self, seen: Observation, position: int, indices: Sequence[int], slope: Slope
    ) -> Estimate:
        """A drop counted and expected, for judging; the slope is of other images."""
        counted = self._counted(seen, position, indices)
        return combined_estimate(counted, self._expected(seen, position, indices), slope)

    def _counted(
        self, seen: Observation, position: int, indices: Sequence[int]
    ) -> NDArray[np.float64]:
        metric = self.resolved.metrics[position].metric
        sign = 1.0 if metric.higher_is_better else -1.0
        fp32 = scores(metric, self.observed.of(position, indices))
        changed: NDArray[np.float64] = sign * (fp32 - scores(metric, seen.of(position, indices)))
        return changed

    def _expected(
        self, seen: Observation, position: int, indices: Sequence[int]
    ) -> NDArray[np.float64]:
        return np.array([seen.expected[index][position] for index in indices])

    def _drop(self, seen: Observation, position: int, indices: Sequence[int]) -> Estimate:
        interval = paired_drop(
            self.resolved.metrics[position].metric,
            self.observed.of(position, indices),
            seen.of(position, indices),
            confidence=0.68,
            seed=self.resolved.config.dataset.subsample_seed,
        )
        return interval.estimate, (interval.high - interval.low) / 2


def read_source(resolved: Resolved) -> tuple[ov.Model, tuple[InputPlan, ...]]:
    """The source model and what its inputs want."""
    source = read_model(resolved.config.model.path)
    return source, plan_inputs(source, resolved.config.model.inputs)


def check_chain(
    resolved: Resolved, *, samples: int
) -> tuple[Sequence[Outputs], tuple[InputPlan, ...]]:
    """Read some samples and run FP32 on them through decoder and metrics, nothing else.

    Raises:
        CalibrateError: the first problem on the way.
    """
    source, plans = read_source(resolved)
    chain = Chain(resolved.adapter, resolved.steps)
    items = resolved.adapter.items()[:samples]
    if not items:
        raise CalibrateError("the dataset is empty", where="dataset")
    plans = bind_plans(chain, items[0], plans)
    prepared = prepare(source, plans)
    check_decoder(resolved, prepared.model)
    keep = Keeping("error", DEFAULT_MEMORY << 20, resolved.config.output.dir)
    tensors = load(chain, items, plans, keep=keep, advance=lambda: None)
    costs = Costs(lambda: 0.0)
    outputs: list[Outputs] = []
    network = Network(prepared.model, costs)
    judge = judge_of(resolved)
    observe_reference(network, tensors, range(len(tensors)), judge, lambda: None)
    network.run(
        tensors,
        range(len(tensors)),
        lambda _, found: outputs.append({k: np.array(v) for k, v in found.items()}),
    )
    return outputs, plans


def lay_ground(
    resolved: Resolved, costs: Costs, progress: Progress, work: Path, shelf: Shelf | None = None
) -> Ground:
    """Read model and images, prepare FP32, and observe it on every image.

    Args:
        resolved: a checked config.
        costs: the ledger.
        progress: told what happens.
        work: folder for tensors that do not fit into memory.
        shelf: where measurements are kept and found again; nothing is kept by default.

    Raises:
        CalibrateError: anything wrong with the input, before anything is quantized.
    """
    with costs.stage("read model"):
        progress.stage("Reading the model")
        source, plans = read_source(resolved)
    with costs.stage("decode"):
        progress.stage("Listing the dataset")
        items = choose_items(resolved)
        tensors, plans = gather(resolved, items, plans, progress, work)
        images = divide(resolved, tensors)
    with costs.stage("prepare"):
        progress.stage("Preparing the model")
        prepared = prepare(source, plans)
        check_decoder(resolved, prepared.model)
        memory = _remember(resolved, prepared.model, tensors, costs, progress, shelf or Shelf())
        difference = memory.once(
            "difference",
            {"source": digest_files(resolved.config.model.path)},
            lambda: {"largest": _difference(source, plans, prepared.model, tensors, costs)},
        )["largest"]
    with costs.stage("fp32"):
        everything = images.everything
        progress.stage("Measuring FP32", len(everything))
        observed, reference = observe_fp32(
            lambda: Network(prepared.model, costs),
            (tensors, everything),
            judge_of(resolved),
            memory.observations,
            costs=costs,
            advance=progress.advance,
        )
    ground = Ground(
        resolved, plans, prepared, difference, images, reference, observed, costs, progress, memory
    )
    _check_reference(ground)
    return ground


def check_decoder(resolved: Resolved, model: ov.Model) -> None:
    """Hold the decoder's expectations against the model's outputs.

    Raises:
        CalibrateError: every mismatch.
    """
    shapes = output_shapes(model)
    spelled = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    raise_all(
        [
            CalibrateError(problem, where="decoder", hint=f"the model's outputs: {spelled}")
            for problem in resolved.decoder.problems(shapes)
        ]
    )


def judge_of(resolved: Resolved) -> Judge:
    """How this config judges outputs."""
    return Judge(resolved.decoder, tuple(judged.metric for judged in resolved.metrics))


def choose_items(resolved: Resolved) -> list[Item]:
    """The entries of the dataset that a run uses: all, or the seeded draw.

    Raises:
        CalibrateError: the dataset is empty, or has fewer entries than are asked for.
    """
    config = resolved.config
    items = list(resolved.adapter.items())
    size = config.dataset.subsample_size
    if size is not None and len(items) < size:
        raise CalibrateError(
            f"the dataset has {len(items)} samples, {size} are asked for",
            where=f"{resolved.path}: dataset.subsample_size",
            hint="lower it, or leave it out to use all",
        )
    if size is not None:
        strata = [item.stratum for item in items]
        chosen = subsample(strata, size, seed=config.dataset.subsample_seed)
        items = [items[index] for index in chosen]
    if not items:
        raise CalibrateError("the dataset is empty", where="dataset")
    return items


def gather(
    resolved: Resolved,
    items: Sequence[Item],
    plans: tuple[InputPlan, ...],
    progress: Progress,
    work: Path,
) -> tuple[Tensors, tuple[InputPlan, ...]]:
    """Decode and preprocess entries; the plans come back with every dimension bound.

    Raises:
        CalibrateError: entries that cannot be read, or do not fit the model's inputs.
    """
    config = resolved.config
    chain = Chain(resolved.adapter, resolved.steps)
    plans = bind_plans(chain, items[0], plans)
    progress.stage("Decoding images", len(items))
    limit = (config.search.memory_limit or 2 * DEFAULT_MEMORY) // 2
    keep = Keeping(config.dataset.bad_samples, limit << 20, work)
    tensors = load(chain, items, plans, keep=keep, advance=progress.advance)
    for message in tensors.skipped:
        progress.note(f"skipped: {message}")
    return tensors, plans


def divide(resolved: Resolved, tensors: Tensors) -> Images:
    """Calibration, search and acceptance images, by seed."""
    config = resolved.config
    strata = [_stratum(facts.annotation) for facts in tensors.facts]
    sides = split(
        tensors.digests,
        strata,
        acceptance=config.split.acceptance,
        seed=config.dataset.subsample_seed,
    )
    wanted = config.split.calibration or config.quantization.subset_size
    # Ranges need no labels, so calibration may share images with the search; never with
    # acceptance. Where there are plenty it has images of its own.
    calibration_strata = [strata[index] for index in sides.search]
    drawn = subsample(
        calibration_strata,
        min(wanted, len(sides.search)),
        seed=config.dataset.subsample_seed,
    )
    calibration = tuple(sides.search[index] for index in drawn)
    rest = tuple(index for index in sides.search if index not in set(calibration))
    search = rest if len(rest) >= 2 * wanted else sides.search
    return Images(tensors, calibration, search, sides.acceptance)


def _stratum(annotation: object) -> int | None:
    label = getattr(annotation, "label", None)
    return label if isinstance(label, int) else None


def _remember(
    resolved: Resolved,
    prepared: ov.Model,
    tensors: Tensors,
    costs: Costs,
    progress: Progress,
    shelf: Shelf,
) -> Memory:
    facts = {
        "model": model_digest(prepared),
        "images": tensors_digest(tensors),
        **arithmetic_facts(),
    }
    memory = Memory(shelf, facts, judge_digest(judge_of(resolved)), costs, progress)
    memory.tell_unused()
    return memory


def _difference(
    source: ov.Model,
    plans: Sequence[InputPlan],
    prepared: ov.Model,
    tensors: Tensors,
    costs: Costs,
) -> float:
    """Largest absolute difference that preparing made, on real images.

    Raises:
        CalibrateError: it is more than rounding.
    """
    original = source.clone()
    original.reshape({plan.index: list(plan.shape) for plan in plans})
    largest, scale = 0.0, 0.0
    indices = range(min(_CHECKED_SAMPLES, len(tensors)))
    collected: list[dict[int, Outputs]] = []
    for model in (original, prepared):
        found: dict[int, Outputs] = {}
        keep = _keeper(found)
        Network(model, costs).run(tensors, indices, keep)
        collected.append(found)
    for index in indices:
        before, after = (
            [np.asarray(array, np.float64) for array in found[index].values()]
            for found in collected
        )
        for first, second in zip(before, after, strict=True):
            largest = max(largest, float(np.abs(first - second).max(initial=0.0)))
            scale = max(scale, float(np.abs(first).max(initial=0.0)))
    if largest > 1e-2 * max(scale, 1.0):
        raise CalibrateError(
            f"simplifying the model changed its outputs by up to {largest:g}",
            where="model.path",
            hint="convert it to an OpenVINO IR with ovc and calibrate that",
        )
    return largest


def _keeper(found: dict[int, Outputs]) -> Callable[[int, Outputs], None]:
    def keep(index: int, outputs: Outputs) -> None:
        found[index] = {name: np.array(array) for name, array in outputs.items()}

    return keep


def _check_reference(ground: Ground) -> None:
    """Refuse to go on where FP32 itself is not what it should be.

    Raises:
        CalibrateError: FP32 misses its published value, or has none on these images.
    """
    problems = []
    for position, judged in enumerate(ground.resolved.metrics):
        value = ground.value(ground.observed, position, ground.images.everything)
        where = f"metrics[{position}]"
        if not np.isfinite(value):
            problems.append(
                CalibrateError(
                    f"FP32 has no {judged.metric.label} on these images",
                    where=where,
                    hint="do the annotations hold what this metric counts?",
                )
            )
            continue
        if judged.metric.higher_is_better and value == 0:
            problems.append(
                CalibrateError(
                    f"{judged.metric.label} of the FP32 model is 0, so no drop can be judged",
                    where=where,
                    hint="check preprocessing, label offset and decoder with `calibrate check`",
                )
            )
        threshold = judged.abs_threshold if judged.abs_threshold is not None else 0.01
        if judged.reference is not None and abs(value - judged.reference) > threshold:
            problems.append(
                CalibrateError(
                    f"{judged.metric.label} of the FP32 model is {value:.4f}, not "
                    f"{judged.reference:.4f} as `reference` says (within {threshold:g})",
                    where=where,
                    hint="preprocessing is the usual cause: channel order, mean and std, resize",
                )
            )
    raise_all(problems)
