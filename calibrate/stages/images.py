"""The images of a run: which are used, decoded once, and divided into three sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.contracts.progress import Progress
from calibrate.contracts.sample import Item
from calibrate.contracts.tensors import Tensors
from calibrate.data.tensors import Chain, Keeping, bind_plans, load
from calibrate.errors import CalibrateError
from calibrate.model.inputs import InputPlan
from calibrate.search.folds import split, subsample

DEFAULT_MEMORY = 256
"""MiB kept in memory of inputs, annotations and FP32's outputs unless `search.memory_limit` says
otherwise; reading the rest from the file takes a few thousandths of what inferring it takes."""


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
