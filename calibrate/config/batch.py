"""The YAML of a batch: models, datasets and budgets to combine, with what all runs share."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from calibrate.config.files import read_yaml
from calibrate.config.overrides import apply_override, parse_override
from calibrate.config.schema import DropType
from calibrate.config.section import Section
from calibrate.config.tree import Node
from calibrate.config.validation import validate
from calibrate.core.component import AnchoredPath
from calibrate.errors import CalibrateError, raise_all

KEY = "batch"


class BatchModel(Section):
    """A model of the batch, with its specific values."""

    path: AnchoredPath
    """The model, as `model.path` of a run config."""
    name: str | None = None
    """The name in the summary; the file's stem by default."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values for its runs only, as under `batch.set`."""


class BatchDataset(Section):
    """A dataset of the batch, with its specific values."""

    path: AnchoredPath
    """A dataset file, as `dataset` of a run config."""
    name: str | None = None
    """The name in the summary; the file's stem by default."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values for its runs only, as under `batch.set`."""


class BatchBudget(Section):
    """A budget of the batch."""

    max_drop: float = Field(ge=0)
    """As `budget.max_drop` of a run config; metrics with their own budget keep it."""
    drop_type: DropType | None = None
    """As `budget.drop_type`; the run config's by default."""


class BatchSection(Section):
    """Every base is combined with every model, dataset and budget; an empty list changes nothing.

    If a key has several values, the first in this order applies: `budgets`, `datasets[].set`,
    `models[].set`, `set`, the base.
    """

    base: AnchoredPath | tuple[AnchoredPath, ...]
    """The run config on which all runs are based, or a list of them."""
    models: tuple[AnchoredPath | BatchModel, ...] = ()
    """Instead of the base's model: paths, or mappings with `path`, `name`, `set`."""
    datasets: tuple[AnchoredPath | BatchDataset, ...] = ()
    """Instead of the base's dataset: paths of dataset files, or such mappings."""
    budgets: tuple[Annotated[float, Field(ge=0)] | BatchBudget, ...] = ()
    """Instead of the base's budget: numbers for `max_drop`, or mappings."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values by key for all runs, such as `search.recipes: thorough`; relative paths are relative
    to the base."""
    output_dir: AnchoredPath
    """Folder of the summary; each run has a folder with its name in it."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds for the whole batch, divided among the remaining runs."""
    memory_limit: int | None = Field(default=None, ge=256)
    """MiB for the whole batch, divided among parallel runs as their `search.memory_limit`."""
    jobs: int = Field(default=1, ge=1)
    """Number of parallel runs; times are always measured exclusively."""


class BatchConfig(Section):
    """A whole batch file."""

    batch: BatchSection
    """What is combined."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch file, read and validated.

    Attributes:
        section: its content; paths are anchored to the file.
        path: the file.
        overrides: `key.path=value` each, for every run.
    """

    section: BatchSection
    path: Path
    overrides: tuple[str, ...] = ()


def is_batch(path: Path) -> bool:
    """Return whether a file describes a batch; unreadable files count as runs."""
    try:
        return read_yaml(path, os.environ).root.child(KEY) is not None
    except CalibrateError:
        return False


def load_batch(path: Path, overrides: Sequence[str] = ()) -> Batch:
    """Read and validate a batch file; the runs' configs and files are not read.

    Args:
        path: the YAML file.
        overrides: `key.path=value` each; those of `batch.` change the batch, others its runs.

    Raises:
        CalibrateError: with every problem of the file (`raise_all`), each with file, line, key.
    """
    content = read_yaml(path, os.environ)
    problems = list(content.problems)
    root, further = content.root, []
    for text in overrides:
        try:
            override = parse_override(text)
            if override.path[0] == KEY:
                root, value_problems = apply_override(root, override, os.environ)
                problems.extend(value_problems)
            else:
                further.append(text)
        except CalibrateError as error:
            problems.append(error)
    config, invalid = validate(BatchConfig, root, ())
    problems.extend(invalid)
    problems.extend(_wrong_keys(root))
    raise_all(problems)
    assert config is not None  # noqa: S101  # None comes with problems only
    return Batch(config.batch, path, tuple(further))


def _wrong_keys(root: Node) -> list[CalibrateError]:
    """Report keys under any `set` that are no key paths or that the batch sets itself."""
    section = root.child(KEY)
    if section is None or not isinstance(section.value, Mapping):
        return []
    places: list[tuple[tuple[str | int, ...], Node | None]] = [
        ((KEY, "set"), section.child("set")),
    ]
    for name in ("models", "datasets"):
        entries = section.child(name)
        if entries is not None and isinstance(entries.value, tuple):
            places += [
                ((KEY, name, index, "set"), entry.child("set"))
                for index, entry in enumerate(entries.value)
            ]
    problems = []
    for path, node in places:
        if node is None or not isinstance(node.value, Mapping):
            continue
        for key, entry in node.value.items():
            where = entry.place.where((*path, key))
            if key in ("output", "output.dir"):
                message = "every run has a folder of its own"
                problems.append(CalibrateError(message, where, "name their parent: output_dir"))
                continue
            try:
                parse_override(f"{key}=0")
            except CalibrateError as error:
                hint = "write key.path: value, for instance search.recipes: thorough"
                problems.append(CalibrateError(error.message, where, hint))
    return problems
