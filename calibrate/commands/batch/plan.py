"""Plan the runs of a batch and their shares of its time and memory; nothing is run."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from calibrate.config.batch import Batch, BatchBudget, BatchDataset, BatchModel
from calibrate.config.overrides import spell_override

LEAST_MEMORY = 256
"""The least `search.memory_limit`, in MiB."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of a batch.

    Attributes:
        name: unique in the batch; names its folder and its row.
        config: the run config.
        overrides: overrides for this run, each `key.path=value`.
    """

    name: str
    config: Path
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """The time, memory and parallel runs that a batch may use.

    Attributes:
        timeout: seconds, None without a limit.
        memory_limit: MiB, None without a limit.
        jobs: runs side by side.
    """

    timeout: float | None = None
    memory_limit: int | None = None
    jobs: int = 1

    def time(self, spent: float, left: int) -> float | None:
        """Return the seconds for the next run, an equal share of those left; None without a limit.

        Args:
            spent: seconds since the batch began.
            left: runs that have not begun, the next one included.
        """
        if self.timeout is None:
            return None
        return max(0.0, self.timeout - spent) * min(self.jobs, left) / left

    def memory(self) -> int | None:
        """Return the MiB for each run; None without a limit."""
        if self.memory_limit is None:
            return None
        return max(LEAST_MEMORY, self.memory_limit // self.jobs)


@dataclass(frozen=True, slots=True)
class _Part:
    """The contribution of one list entry to a run."""

    name: str = ""
    overrides: tuple[str, ...] = ()


def plan_configs(
    paths: Sequence[Path], overrides: Sequence[str], folder: Path | None
) -> tuple[Planned, ...]:
    """Plan a run for each config, in order.

    Args:
        paths: paths of run configs.
        overrides: overrides for all of them.
        folder: parent of one output folder for each run; None keeps the configs' output folders.
    """
    names = unique([path.stem for path in paths])
    return tuple(
        Planned(name, path, (*overrides, *((_output_override(folder, name),) if folder else ())))
        for name, path in zip(names, paths, strict=True)
    )


def plan_batch(batch: Batch) -> tuple[Planned, ...]:
    """Plan every combination of a batch file: bases outermost, then models, datasets, budgets.

    The name of a run consists of the base, if there are several, and the names of its parts.
    """
    section = batch.section
    bases = section.base if isinstance(section.base, tuple) else (section.base,)
    shared = _spelled_overrides(section.set)
    runs = []
    for base, *parts in product(
        bases,
        [_model(entry) for entry in section.models] or [_Part()],
        [_dataset(entry) for entry in section.datasets] or [_Part()],
        [_budget(entry) for entry in section.budgets] or [_Part()],
    ):
        part_names = [part.name for part in parts if part.name]
        name_parts = part_names if part_names and len(bases) == 1 else [base.stem, *part_names]
        part_overrides = [override for part in parts for override in part.overrides]
        runs.append(("-".join(name_parts), base, (*shared, *part_overrides, *batch.overrides)))
    names = unique([name for name, _, _ in runs])
    return tuple(
        Planned(name, base, (*overrides, _output_override(section.output_dir, name)))
        for name, (_, base, overrides) in zip(names, runs, strict=True)
    )


def unique(names: Sequence[str]) -> list[str]:
    """Return the names as folder names: unfit characters are replaced, equal names are numbered."""
    taken: set[str] = set()
    folder_names = []
    for name in names:
        plain = "".join(c if c.isalnum() or c in "-_.+=" else "_" for c in name).strip(".") or "run"
        number, candidate = 1, plain
        while candidate in taken:
            number += 1
            candidate = f"{plain}-{number}"
        taken.add(candidate)
        folder_names.append(candidate)
    return folder_names


def _model(given: Path | BatchModel) -> _Part:
    entry = given if isinstance(given, BatchModel) else BatchModel(path=given)
    # The base's `model.name` belongs to another model.
    name = entry.name or entry.path.stem
    overrides = (_path_override("model.path", entry.path), spell_override("model.name", name))
    return _Part(name, (*overrides, *_spelled_overrides(entry.set)))


def _dataset(given: Path | BatchDataset) -> _Part:
    entry = given if isinstance(given, BatchDataset) else BatchDataset(path=given)
    overrides = (_path_override("dataset", entry.path), *_spelled_overrides(entry.set))
    return _Part(entry.name or entry.path.stem, overrides)


def _budget(given: float | BatchBudget) -> _Part:
    entry = given if isinstance(given, BatchBudget) else BatchBudget(max_drop=given)
    overrides = [spell_override("budget.max_drop", entry.max_drop)]
    name = f"{entry.max_drop:g}"
    if entry.drop_type is not None:
        overrides.append(spell_override("budget.drop_type", entry.drop_type))
        name += f"-{entry.drop_type}"
    return _Part(name, tuple(overrides))


def _spelled_overrides(values: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(spell_override(key, value) for key, value in values.items())


def _output_override(folder: Path, name: str) -> str:
    return _path_override("output.dir", folder / name)


def _path_override(key: str, path: Path) -> str:
    return spell_override(key, os.path.abspath(path))  # noqa: PTH100  # keeps symlinks
