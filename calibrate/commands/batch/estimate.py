"""Predict the cost of a batch from a probe of each run; nothing is written."""

import heapq
import time
from collections.abc import Sequence

from calibrate.commands.batch.plan import Planned
from calibrate.commands.estimate.estimate import estimate
from calibrate.config.load import load_config
from calibrate.core.progress import NoProgress, Progress
from calibrate.core.variables import without_values
from calibrate.errors import CalibrateError
from calibrate.report.commands.batch_estimate import BatchEstimate, MachinesEstimate, RunEstimate
from calibrate.runtime.cpu import this_cpu


def estimate_batch(
    planned: Sequence[Planned], progress: Progress, *, allow_plugins: bool = True
) -> BatchEstimate:
    """Probe every run of a batch; one that cannot be read becomes a row with the reason.

    Args:
        planned: the runs.
        progress: reports each run.
        allow_plugins: False refuses components of Python files.
    """
    begun = time.perf_counter()
    progress.stage("Probing", len(planned))
    rows = []
    for run in planned:
        rows.append(_estimated(run, allow_plugins=allow_plugins))
        progress.advance()
    plain = [row.plain_seconds for row in rows if row.plain_seconds is not None]
    full = [row.full_seconds for row in rows if row.full_seconds is not None]
    return BatchEstimate(
        rows=tuple(rows),
        cores=this_cpu().cores,
        machines=tuple(
            MachinesEstimate(
                machines=count,
                plain_seconds=makespan(plain, count),
                full_seconds=makespan(full, count),
            )
            for count in machine_counts(len(rows))
        ),
        probe_seconds=time.perf_counter() - begun,
    )


def machine_counts(runs: int) -> list[int]:
    """Return 1, 2, 4 and so on, up to the number of runs, which is the last."""
    counts = [1]
    while counts[-1] * 2 < runs:
        counts.append(counts[-1] * 2)
    return [*counts, runs] if runs > 1 else counts


def makespan(seconds: Sequence[float], machines: int) -> float:
    """Return the time until all runs have ended, if each machine takes the next run when free.

    Args:
        seconds: seconds of the runs, in the order in which they begin.
        machines: their number, at least 1.
    """
    free_at = [0.0] * machines
    for spent in seconds:
        heapq.heapreplace(free_at, free_at[0] + spent)
    return max(free_at)


def _estimated(run: Planned, *, allow_plugins: bool) -> RunEstimate:
    row = RunEstimate(name=run.name, config=str(run.config))
    try:
        resolved = load_config(run.config, overrides=run.overrides, allow_plugins=allow_plugins)
        predicted = estimate(resolved, NoProgress())
    except CalibrateError as error:
        return row.model_copy(update={"message": without_values(str(error))})
    limit = predicted.timeout or float("inf")
    return row.model_copy(
        update={
            "plain_seconds": min(limit, predicted.plain.seconds),
            "full_seconds": min(limit, predicted.full.seconds),
            "samples": predicted.samples,
            "groups": predicted.groups,
        }
    )
