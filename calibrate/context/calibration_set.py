"""The samples that set ranges: drawn from the dataset, or read from a separate one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.context.cache_keys import tensors_digest
from calibrate.context.dataset import Data, sample_memory
from calibrate.core.progress import Progress
from calibrate.core.sample import Item
from calibrate.core.subset_sizes import TUNING_SAMPLES
from calibrate.core.tensors import Tensors
from calibrate.datasets.loading.tensors import LoadOptions, SampleReader, load
from calibrate.datasets.split import subsample
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan

SECTION = "calibration"


def calibration_items(resolved: Resolved) -> list[Item]:
    """Return the entries of the `calibration` section that a run reads.

    A seeded draw of as many as ranges or fine-tuning use; empty without the section.

    Raises:
        CalibrateError: the section has fewer samples than its `subsample_size`, or fewer than two.
    """
    section, adapter = resolved.config.calibration, resolved.calibration_adapter
    if section is None or adapter is None:
        return []
    items = list(adapter.items())
    wanted = section.subsample_size
    if wanted is not None and len(items) < wanted:
        raise CalibrateError(
            f"the calibration dataset has {len(items)} samples, {wanted} are asked for",
            where=f"{resolved.path}: {SECTION}.subsample_size",
            hint="lower it, or leave it out",
        )
    if len(items) < 2:
        raise CalibrateError(
            f"the calibration dataset has {len(items)} samples; at least two are needed",
            where=f"{resolved.path}: {SECTION}",
        )
    most = min(wanted or len(items), max(_ranges(resolved), _tuned(resolved)))
    names, strata = [item.id for item in items], [item.stratum for item in items]
    chosen = subsample(names, strata, max(most, 2), seed=section.subsample_seed)
    return [items[index] for index in chosen]


def read_calibration(
    resolved: Resolved,
    items: Sequence[Item],
    plans: Sequence[InputPlan],
    progress: Progress,
    work: Path,
    *,
    room: int | None = None,
) -> Tensors:
    """Decode and preprocess entries of the `calibration` section as those of the dataset.

    Raises:
        CalibrateError: entries cannot be read or do not fit the model's inputs.
    """
    config, adapter = resolved.config, resolved.calibration_adapter
    if config.calibration is None or adapter is None:
        raise AssertionError("the config has no calibration section")
    progress.stage("Reading calibration samples", len(items))
    # The dataset's samples have the other half.
    kept = sample_memory(config.search.memory_limit, room) // 2
    keep = LoadOptions(config.calibration.bad_samples, kept, work, SECTION)
    chain = SampleReader(adapter, resolved.steps)
    tensors = load(chain, items, plans, keep=keep, advance=progress.advance)
    for message in tensors.skipped:
        progress.note(f"skipped: {message}")
    return tensors


def with_calibration(resolved: Resolved, data: Data, tensors: Tensors, progress: Progress) -> Data:
    """Return the data with the samples of the `calibration` section as calibration set.

    Samples that are in the dataset too are left out: the dataset only chooses and judges.

    Args:
        resolved: a checked config.
        data: the samples of the dataset.
        tensors: those of the `calibration` section.
        progress: shows how many are left out.

    Raises:
        CalibrateError: fewer than two samples are left.
    """
    in_dataset = set(data.tensors.digests)
    new = [index for index, digest in enumerate(tensors.digests) if digest not in in_dataset]
    count = len(tensors) - len(new)
    if count:
        progress.note(
            f"{count} of {len(tensors)} calibration samples are in the dataset too and are left out"
        )
    if len(new) < 2:
        raise CalibrateError(
            f"{len(new)} of {len(tensors)} calibration samples are not in the dataset; "
            "at least two are needed",
            where=f"{resolved.path}: {SECTION}",
            hint="name other samples, or remove the section to calibrate on the dataset's samples",
        )
    return replace(
        data,
        calibration=tuple(new[: _ranges(resolved)]),
        separate=tensors,
        tuning=tuple(new[:TUNING_SAMPLES]),
        calibration_digest=tensors_digest(tensors),
    )


def _ranges(resolved: Resolved) -> int:
    config = resolved.config
    return config.split.calibration or config.quantization.subset_size


def _tuned(resolved: Resolved) -> int:
    return 0 if resolved.config.search.finetune == "off" else TUNING_SAMPLES
