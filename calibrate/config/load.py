"""Load a YAML file into a `Resolved` config, or report all of its problems at once."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

from calibrate.config.checks import check_all, check_sources, executing_models
from calibrate.config.components import Components, find_components
from calibrate.config.digest import digest, document
from calibrate.config.document import (
    CALIBRATION,
    DATASET,
    Document,
    read_dataset_document,
    read_document,
    recorded_document,
)
from calibrate.config.expressions import with_expressions
from calibrate.config.heads import check_heads, decoder_of, metric_of
from calibrate.config.resolved import JudgedMetric, Resolved, ResolvedDataset
from calibrate.config.schema import Budget, Dataset, MetricSpec, RunConfig
from calibrate.config.tree import at
from calibrate.config.validation import validate
from calibrate.core.component import Adapter, Step
from calibrate.errors import CalibrateError, raise_all


def load_config(
    path: Path,
    *,
    overrides: Sequence[str] = (),
    allow_plugins: bool = True,
    check_files: bool = True,
) -> Resolved:
    """Read, validate and resolve a run config.

    Args:
        path: the YAML file.
        overrides: `key.path=value` each, as after `--set`.
        allow_plugins: False refuses components of Python files, which would be executed.
        check_files: False passes over missing files and impossible combinations: the config
            is only held against the schema and the parameters of its components.

    Raises:
        CalibrateError: with every problem of the config (`raise_all`), each with file, line, key.
    """
    given = read_document(path, overrides, os.environ)
    return resolve(given, allow_plugins=allow_plugins, check_files=check_files)


def load_recorded(
    content: Mapping[str, object],
    folder: Path,
    *,
    shown: str,
    overrides: Sequence[str] = (),
    allow_plugins: bool = True,
) -> Resolved:
    """Load a config recorded in a report or a certificate (`Resolved.document`).

    Args:
        content: the plain values.
        folder: that relative paths in it refer to.
        shown: its origin, for messages.
        overrides: `key.path=value` each, as after `--set`.
        allow_plugins: as in `load_config`.

    Raises:
        CalibrateError: with every problem, missing files among them.
    """
    given = recorded_document(content, folder / "config.yaml", shown, overrides, os.environ)
    return resolve(given, allow_plugins=allow_plugins)


def resolve(given: Document, *, allow_plugins: bool = True, check_files: bool = True) -> Resolved:
    """Validate and resolve a document; arguments and errors as in `load_config`."""
    path = given.path
    config, invalid = validate(RunConfig, given.root, ())
    components = find_components(given.root, allow_plugins=allow_plugins)
    wrong = check_all(given.root, components) if check_files else []
    if config is not None:
        wrong = [*wrong, *check_heads(config, given.root)]
    if not allow_plugins:
        wrong = [*wrong, *executing_models(given.root)]
    _raise(given, [*invalid, *components.problems, *wrong])
    assert config is not None  # noqa: S101  # None comes with problems only
    content = document(config, components, path.absolute().parent)
    calibration = components.adapter_of(CALIBRATION)
    return Resolved(
        config=config,
        path=path,
        adapter=cast("Adapter", components.adapters[0].component),
        steps=tuple(cast("Step", placed.component) for placed in components.steps),
        decoder=decoder_of(config, components),
        metrics=_judged(config, components),
        digest=digest(content, components),
        document=with_expressions(content, given.root),
        given=with_expressions(
            document(config, components, path.absolute().parent, given_only=True), given.root
        ),
        calibration_adapter=cast("Adapter", calibration.component) if calibration else None,
    )


def load_dataset(
    path: Path, *, allow_plugins: bool = True, check_files: bool = True
) -> ResolvedDataset:
    """Read, validate and resolve a dataset file, which a run config names with `dataset:`.

    Raises:
        CalibrateError: with every problem of the file.
    """
    given = read_dataset_document(path, os.environ)
    node = at(given.root, (DATASET,))
    assert node is not None  # noqa: S101  # read_dataset_document has put it there
    dataset, invalid = validate(Dataset, node, (DATASET,))
    components = find_components(given.root, allow_plugins=allow_plugins)
    wrong = check_sources(given.root, components) if check_files else []
    _raise(given, [*invalid, *components.problems, *wrong])
    assert dataset is not None  # noqa: S101  # None comes with problems only
    return ResolvedDataset(dataset, path, cast("Adapter", components.adapters[0].component))


def _judged(config: RunConfig, components: Components) -> tuple[JudgedMetric, ...]:
    def judged(spec: MetricSpec, index: int, budget: Budget) -> JudgedMetric:
        return JudgedMetric(
            metric=metric_of(spec, components.metrics[index].component),
            max_drop=budget.max_drop if spec.max_drop is None else spec.max_drop,
            drop_type=spec.drop_type or budget.drop_type,
            reference=spec.reference,
            abs_threshold=spec.abs_threshold,
        )

    return tuple(judged(spec, index, config.budget) for index, spec in enumerate(config.metrics))


def _raise(given: Document, later: Iterable[CalibrateError]) -> None:
    """Raise all problems in the order of the lines, at most one for each value."""
    # Values that could not be read are skipped: their validation errors are meaningless.
    unread = {problem.where for problem in given.problems}
    problems = [*given.problems, *(p for p in later if p.where not in unread)]
    raise_all(sorted(problems, key=_order))


def _order(problem: CalibrateError) -> tuple[str, int]:
    match = re.match(r"(.*?):(\d+)( |$)", problem.where)
    return (match[1], int(match[2])) if match else ("\U0010ffff", 0)
