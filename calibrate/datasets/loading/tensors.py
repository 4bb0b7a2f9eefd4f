"""Decode and preprocess every sample once, and store it as model input."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Adapter, Step
from calibrate.core.sample import Facts, Item, Sample
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.sample_store import StoredRecords, StoredRows
from calibrate.datasets.loading.spill_buffer import SpillBuffer
from calibrate.errors import CalibrateError, PluginError, ProblemsSummary, raise_all
from calibrate.models.feed import bind, to_tensor
from calibrate.models.inputs import InputPlan

_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class SampleReader:
    """Reads an item and preprocesses its sample."""

    adapter: Adapter
    steps: Sequence[Step]

    def source(self, item: Item) -> Sample:
        """Return the sample as decoded."""
        return _guarded(lambda: self.adapter.read(item), self.adapter, item)

    def preprocess(self, sample: Sample, item: Item) -> Sample:
        """Return the sample after all steps."""
        for step in self.steps:
            sample = _guarded(lambda step=step, given=sample: step(given), step, item)  # type: ignore[misc]  # mypy cannot infer lambdas with defaults
        return sample


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How decoded samples are kept.

    Attributes:
        on_bad: `error` or `skip`, for samples that cannot be read.
        in_memory: bytes of inputs, annotations and FP32's outputs that may be kept in memory;
            more goes to a file.
        folder: where that file is made.
        section: of the config, for messages.
    """

    on_bad: Literal["error", "skip"]
    in_memory: int
    folder: Path
    section: str = "dataset"


def bind_plans(
    chain: SampleReader, item: Item, plans: Sequence[InputPlan]
) -> tuple[InputPlan, ...]:
    """Return the input plans with dynamic dimensions set by one sample."""
    sample = chain.preprocess(chain.source(item), item)
    return bind(plans, sample)


def load(
    chain: SampleReader,
    items: Sequence[Item],
    plans: Sequence[InputPlan],
    *,
    keep: LoadOptions,
    advance: Callable[[], None],
) -> Tensors:
    """Decode and preprocess all items with several threads.

    Args:
        chain: adapter and steps.
        items: what to read.
        plans: bound input plans.
        keep: where tensors are kept, and what happens to samples that cannot be read.
        advance: called after each sample, from several threads.

    Raises:
        CalibrateError: samples that cannot be read, all named (the first twenty in full).
    """
    room = SpillBuffer(keep.in_memory, keep.folder)
    inputs = _allocate(len(items), plans, room)
    facts: list[Facts | None] = [None] * len(items)
    digests: list[str] = [""] * len(items)
    problems: list[CalibrateError | None] = [None] * len(items)

    def load_sample(index: int) -> None:
        item = items[index]
        try:
            source = chain.source(item)
            digests[index] = _digest(source)
            sample = chain.preprocess(source, item)
            for array, plan in zip(inputs, plans, strict=True):
                array[index] = to_tensor(plan, sample)
            facts[index] = room.stow(sample.facts())
        except CalibrateError as error:
            problems[index] = _missing(item) or error
        advance()

    with ThreadPoolExecutor(max_workers=_workers()) as pool:
        for _ in pool.map(load_sample, range(len(items))):
            pass
    bad = [problem for problem in problems if problem is not None]
    if bad and keep.on_bad == "error":
        _raise(bad, len(items), keep.section)
    kept = [index for index, fact in enumerate(facts) if fact is not None]
    if len(kept) < 2:
        _raise(bad, len(items), keep.section)
    if len(kept) < len(items):
        inputs = tuple(
            array.picked(kept) if isinstance(array, StoredRows) else array[kept] for array in inputs
        )
    return Tensors(
        inputs=inputs,
        facts=StoredRecords(room, [fact for fact in facts if fact is not None]),
        digests=tuple(digests[index] for index in kept),
        skipped=tuple(str(problem) for problem in bad),
        room=room,
        batch_axes=tuple(plan.batch_axis for plan in plans),
    )


def _missing(item: Item) -> CalibrateError | None:
    """Return an error at the line of the list that names a missing file; None if it is there."""
    if not item.listed or item.source is None or item.source.exists():
        return None
    folder = item.source.parent
    where = f"in {folder}" if folder.is_dir() else f"and no folder {folder}"
    return CalibrateError(f"there is no such file {where}", item.listed)


def _allocate(
    count: int, plans: Sequence[InputPlan], room: SpillBuffer
) -> tuple[NDArray[np.generic] | StoredRows, ...]:
    """Allocate all inputs in memory, or all of them in the file."""
    shapes = [(count, *plan.sample_shape) for plan in plans]
    if room.take(count * sum(sizes(plans).values())):
        return tuple(np.empty(s, plan.dtype) for s, plan in zip(shapes, plans, strict=True))
    return tuple(StoredRows(room, s, plan.dtype) for s, plan in zip(shapes, plans, strict=True))


def _digest(sample: Sample) -> str:
    hashed = hashlib.blake2b(digest_size=16)
    for key in sorted(sample.data):
        array = np.ascontiguousarray(sample.data[key])
        hashed.update(f"{key}{array.dtype}{array.shape}".encode())
        hashed.update(array.tobytes() if array.dtype.kind == "U" else _bytes(array))
    return hashed.hexdigest()


def _bytes(array: NDArray[np.generic]) -> bytes | memoryview:
    return array.view(np.uint8).data if array.size else b""


def _guarded(action: Callable[[], Sample], component: object, item: Item) -> Sample:
    """Call a component; an exception reaches the user together with the sample."""
    name, where = type(component).__name__, str(item.source or item.id)
    try:
        sample = action()
    except (CalibrateError, MemoryError):
        raise
    except Exception as error:
        # A user's component may raise anything; report it with the file it happened on.
        raise PluginError(
            f"{name} fails with {type(error).__name__}: {error}", where=where
        ) from error
    if not isinstance(sample, Sample):
        raise PluginError(f"{name} gives {type(sample).__name__}, not a Sample", where=where)
    return sample


def _raise(bad: Sequence[CalibrateError], count: int, section: str) -> None:
    if not bad:
        raise CalibrateError(
            f"the dataset gives {count} sample{'s' if count != 1 else ''}; at least two are needed",
            where=section,
        )
    shown = list(bad[:_SHOWN_PROBLEMS])
    if len(bad) > 1:
        shown.append(
            ProblemsSummary(
                f"{len(bad)} of {count} samples cannot be read",
                where=section,
                hint=f"mend them, or set {section}.bad_samples: skip",
            )
        )
    raise_all(shown)


def _workers() -> int:
    return max(2, len(os.sched_getaffinity(0)))


def sizes(plans: Sequence[InputPlan]) -> Mapping[str, int]:
    """Bytes of one preprocessed sample by input, for memory estimates."""
    return {plan.name: int(np.prod(plan.sample_shape)) * plan.dtype.itemsize for plan in plans}
