"""Which runs a batch consists of, and what each may use of its time and memory; nothing is run."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from calibrate.config.batch import Batch, BatchBudget, BatchDataset, BatchModel
from calibrate.config.overrides import spell_override

LEAST_MEMORY = 256
"""MiB, the least that `search.memory_limit` may be."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of a batch.

    Attributes:
        name: unique in the batch; names its folder and its row.
        config: the run config.
        overrides: `key.path=value` each, for this run.
    """

    name: str
    config: Path
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a batch may use.

    Attributes:
        timeout: seconds, None without a limit.
        memory_limit: MiB, None without a limit.
        jobs: runs side by side.
    """

    timeout: float | None = None
    memory_limit: int | None = None
    jobs: int = 1

    def time(self, spent: float, left: int) -> float | None:
        """Seconds for the next run: an equal share of what is left, None without a limit.

        Args:
            spent: seconds since the batch began.
            left: runs that have not begun, the next one included.
        """
        if self.timeout is None:
            return None
        return max(0.0, self.timeout - spent) * min(self.jobs, left) / left

    def memory(self) -> int | None:
        """MiB for each run, None without a limit."""
        if self.memory_limit is None:
            return None
        return max(LEAST_MEMORY, self.memory_limit // self.jobs)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one entry of a list contributes to a run."""

    name: str = ""
    overrides: tuple[str, ...] = ()


def plan_configs(
    paths: Sequence[Path], overrides: Sequence[str], folder: Path | None
) -> tuple[Planned, ...]:
    """A run for each config, in their order.

    Args:
        paths: of run configs.
        overrides: for all of them.
        folder: where each gets a folder of its name; where each config says if None.
    """
    names = unique([path.stem for path in paths])
    return tuple(
        Planned(name, path, (*overrides, *((_placed(folder, name),) if folder else ())))
        for name, path in zip(names, paths, strict=True)
    )


def plan_batch(batch: Batch) -> tuple[Planned, ...]:
    """Every combination of a batch file: bases outermost, then models, datasets, budgets.

    A run is named after what sets it apart: the base where there are several, and each of its
    parts.
    """
    section = batch.section
    bases = section.base if isinstance(section.base, tuple) else (section.base,)
    shared = _spelled(section.set)
    runs = []
    for base, *parts in product(
        bases,
        [_model(one) for one in section.models] or [_Part()],
        [_dataset(one) for one in section.datasets] or [_Part()],
        [_budget(one) for one in section.budgets] or [_Part()],
    ):
        told = [part.name for part in parts if part.name]
        words = told if told and len(bases) == 1 else [base.stem, *told]
        own = [override for part in parts for override in part.overrides]
        runs.append(("-".join(words), base, (*shared, *own, *batch.overrides)))
    names = unique([name for name, _, _ in runs])
    return tuple(
        Planned(name, base, (*overrides, _placed(section.output_dir, name)))
        for name, (_, base, overrides) in zip(names, runs, strict=True)
    )


def unique(names: Sequence[str]) -> list[str]:
    """The names as names of folders: what is unfit for one is replaced, equal ones are numbered."""
    taken: set[str] = set()
    found = []
    for name in names:
        plain = "".join(c if c.isalnum() or c in "-_.+=" else "_" for c in name).strip(".") or "run"
        number, told = 1, plain
        while told in taken:
            number += 1
            told = f"{plain}-{number}"
        taken.add(told)
        found.append(told)
    return found


def _model(given: Path | BatchModel) -> _Part:
    entry = given if isinstance(given, BatchModel) else BatchModel(path=given)
    # The base's name is another model's.
    name = entry.name or entry.path.stem
    told = (_path("model.path", entry.path), spell_override("model.name", name))
    return _Part(name, (*told, *_spelled(entry.set)))


def _dataset(given: Path | BatchDataset) -> _Part:
    entry = given if isinstance(given, BatchDataset) else BatchDataset(path=given)
    own = (_path("dataset", entry.path), *_spelled(entry.set))
    return _Part(entry.name or entry.path.stem, own)


def _budget(given: float | BatchBudget) -> _Part:
    entry = given if isinstance(given, BatchBudget) else BatchBudget(max_drop=given)
    own = [spell_override("budget.max_drop", entry.max_drop)]
    name = f"{entry.max_drop:g}"
    if entry.drop_type is not None:
        own.append(spell_override("budget.drop_type", entry.drop_type))
        name += f"-{entry.drop_type}"
    return _Part(name, tuple(own))


def _spelled(values: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(spell_override(key, value) for key, value in values.items())


def _placed(folder: Path, name: str) -> str:
    return _path("output.dir", folder / name)


def _path(key: str, path: Path) -> str:
    return spell_override(key, os.path.abspath(path))  # noqa: PTH100  # keeps symlinks
