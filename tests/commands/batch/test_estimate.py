import pytest
from rich.console import Console

from calibrate.commands.batch.estimate import estimate_batch, machine_counts, makespan
from calibrate.commands.batch.plan import Planned
from calibrate.core.progress import NoProgress
from calibrate.report.commands.batch_estimate import render_batch_estimate


@pytest.mark.parametrize(
    ("seconds", "machines", "expected"),
    [
        ([], 1, 0.0),
        ([3.0, 2.0, 1.0], 1, 6.0),
        ([3.0, 2.0, 1.0], 2, 3.0),
        ([1.0, 1.0, 4.0], 2, 5.0),
        ([5.0], 4, 5.0),
    ],
)
def test_makespan(seconds, machines, expected):
    assert makespan(seconds, machines) == expected


@pytest.mark.parametrize(
    ("runs", "counts"), [(1, [1]), (2, [1, 2]), (5, [1, 2, 4, 5]), (8, [1, 2, 4, 8])]
)
def test_machine_counts(runs, counts):
    assert machine_counts(runs) == counts


def test_a_batch_is_predicted_and_a_broken_run_is_reported(make_job, tmp_path):
    runs = (
        Planned("good", make_job()),
        Planned("broken", tmp_path / "none.yaml"),
        Planned("limited", make_job(), ("search.timeout=0.5",)),
    )
    predicted = estimate_batch(runs, NoProgress())
    good, broken, limited = predicted.rows
    assert 0 < good.plain_seconds <= good.full_seconds
    assert good.samples == 60
    assert broken.full_seconds is None
    assert "none.yaml" in broken.message
    assert limited.full_seconds == 0.5
    assert [entry.machines for entry in predicted.machines] == [1, 2, 3]
    assert predicted.machines[0].full_seconds == pytest.approx(predicted.full_seconds)
    assert predicted.machines[1].full_seconds == good.full_seconds
    console = Console(width=120)
    with console.capture() as captured:
        console.print(render_batch_estimate(predicted))
    assert "core hours on machines like this one" in captured.get()
