from pathlib import Path

import pytest

from calibrate.commands.batch.plan import Limits, Planned, plan_batch, plan_configs, unique
from calibrate.config.batch import load_batch


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a-2", "a-3"]),
        (["a", "a-2", "a"], ["a", "a-2", "a-3"]),
        (["mobile net/v1", "é"], ["mobile_net_v1", "é"]),
        (["..", "."], ["run", "run-2"]),
    ],
)
def test_unique(names, expected):
    assert unique(names) == expected


@pytest.mark.parametrize(
    ("limits", "spent", "left", "expected"),
    [
        (Limits(), 10, 3, None),
        (Limits(timeout=90), 0, 3, 30),
        (Limits(timeout=90), 50, 2, 20),  # what the first did not use, or used too much
        (Limits(timeout=90), 100, 2, 0),
        (Limits(timeout=90, jobs=2), 0, 3, 60),
        (Limits(timeout=90, jobs=4), 0, 2, 90),  # never more than there is
    ],
)
def test_time_is_divided(limits, spent, left, expected):
    assert limits.time(spent, left) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), None),
        (Limits(memory_limit=2000), 2000),
        (Limits(memory_limit=2000, jobs=4), 500),
        (Limits(memory_limit=600, jobs=4), 256),
    ],
)
def test_memory_is_divided(limits, expected):
    assert limits.memory() == expected


def test_configs_keep_their_folders_or_get_one_below():
    paths = [Path("x/a.yaml"), Path("y/a.yaml")]
    assert plan_configs(paths, ["budget.max_drop=0"], None) == (
        Planned("a", paths[0], ("budget.max_drop=0",)),
        Planned("a-2", paths[1], ("budget.max_drop=0",)),
    )
    placed = plan_configs(paths, [], Path("/out"))
    assert [entry.overrides for entry in placed] == [
        ('output.dir="/out/a"',),
        ('output.dir="/out/a-2"',),
    ]


def test_combinations_and_what_wins(tmp_path):
    path = tmp_path / "batch.yaml"
    path.write_text(
        "batch:\n"
        "  base: run.yaml\n"
        "  models: [a.onnx, {path: b.onnx, name: second, set: {search.timeout: 9}}]\n"
        "  budgets: [0.01, {max_drop: 0.02, drop_type: relative}]\n"
        "  set: {search.timeout: 5}\n"
        "  output_dir: out\n"
    )
    runs = plan_batch(load_batch(path, ["split.acceptance=0.4"]))
    assert [run.name for run in runs] == [
        "a-0.01",
        "a-0.02-relative",
        "second-0.01",
        "second-0.02-relative",
    ]
    assert {run.config for run in runs} == {tmp_path / "run.yaml"}
    assert runs[3].overrides == (
        "search.timeout=5",
        f'model.path="{tmp_path}/b.onnx"',
        'model.name="second"',
        "search.timeout=9",
        "budget.max_drop=0.02",
        'budget.drop_type="relative"',
        "split.acceptance=0.4",
        f'output.dir="{tmp_path}/out/second-0.02-relative"',
    )


def test_without_lists_each_base_is_a_run(tmp_path):
    path = tmp_path / "batch.yaml"
    path.write_text("batch: {base: [a.yaml, b.yaml], output_dir: out}")
    assert [run.name for run in plan_batch(load_batch(path))] == ["a", "b"]
