"""Every YAML that the repository holds is valid; its data need not be there."""

import re
from pathlib import Path

import pytest

from calibrate.commands.batch.plan import plan_batch
from calibrate.config.batch import is_batch, load_batch
from calibrate.config.load import load_config, load_dataset

ROOT = Path(__file__).parents[1]
YAMLS = sorted((ROOT / "configs").rglob("*.yaml"))
BATCHES = [path for path in YAMLS if is_batch(path)]
CONFIGS = [path for path in YAMLS if path not in BATCHES]
DATASETS = sorted((ROOT / "datasets").rglob("*.yaml"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture
def variables(monkeypatch):
    """Stand-ins for the variables that name where a user's data is."""
    for path in (*YAMLS, *DATASETS):
        for variable in re.findall(r"\$\{(\w+)\}", path.read_text()):
            monkeypatch.setenv(variable, "somewhere")


@pytest.mark.parametrize("path", CONFIGS, ids=name)
def test_run_configs(path, variables):
    load_config(path, check_files=False)


@pytest.mark.parametrize("path", BATCHES, ids=name)
def test_batches(path, variables):
    for planned in plan_batch(load_batch(path)):
        load_config(planned.config, overrides=planned.overrides, check_files=False)


@pytest.mark.parametrize("path", DATASETS, ids=name)
def test_datasets(path, variables):
    load_dataset(path, check_files=False)


def test_there_is_one_spelling_of_yaml():
    result = [path for folder in ("configs", "datasets") for path in (ROOT / folder).rglob("*.yml")]
    assert result == []


def test_datasets_is_no_package():
    assert list((ROOT / "datasets").rglob("__init__.py")) == []
