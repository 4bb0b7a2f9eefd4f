"""Whether a busy neighbour changes the choice of layers.

    python benchmarks/under_load.py
    python benchmarks/under_load.py configs/zoo_mobilenet_v1.yaml --max-drop 0.005 --seconds 600

The same search twice, each with fresh folders and nothing kept of earlier times: alone, and beside
processes that keep half of the processors busy. The choices of precisions have to be the same.
Prints what each search chose when it ends, then how the choices differ, group by group. Ends with 0
where they are the same, with 1 where they differ, and with 2 where there is no answer: a search was
stopped by `--seconds`, or no layer fell back, so that times had nothing to decide (less
`--max-drop`, or more `--samples`). The defaults take about a minute on two idle cores.
"""

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from calibrate.api import run
from calibrate.report import numbers, phrases
from calibrate.report.schema import Report

STOPPED = "timeout"
"""Reason of a group that the search had no time to measure."""


def work() -> None:
    """Keep one processor busy until the process is ended."""
    value = 1.0
    while True:
        value = (value * 1.000001) % 10.0


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Some processes that work all the time."""
    children = [multiprocessing.Process(target=work, daemon=True) for _ in range(count)]
    for child in children:
        child.start()
    try:
        yield
    finally:
        for child in children:
            child.terminate()
            child.join()


def searched(title: str, given: argparse.Namespace) -> Report:
    """A run of its own, with a cache of its own; prints what it chose."""
    print(f"{title}: searching …", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        changes = {
            "budget.max_drop": given.max_drop,
            "dataset.subsample_size": given.samples,
            "search.timeout": given.seconds,
            "output.dir": Path(folder) / "out",
            "output.reports": ["json"],
        }
        report = run(given.config, changes)
    others = f"{100 * report.deployment.others:.0f} %" if report.deployment else "an unknown part"
    print(
        f"{title}: {phrases.layers(report)}; {numbers.seconds(time.monotonic() - began)}; while "
        f"the models were timed others took {others} of the processors",
        flush=True,
    )
    return report


def differences(alone: Report, beside: Report) -> list[str]:
    """Groups that were chosen otherwise, with the times that each run measured."""
    return [
        f"{entry.name}: {entry.precision} alone ({entry.microseconds}), "
        f"{other.precision} beside others ({other.microseconds})"
        for entry, other in zip(alone.groups, beside.groups, strict=True)
        if entry.precision != other.precision
    ]


def was_stopped(report: Report) -> bool:
    """Whether the search had too little time to measure every group."""
    return any(group.reason == STOPPED for group in report.groups) or (
        report.verdict.floating_point_reason == "time"
    )


def main() -> None:
    """Search twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    quickstart = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
    parser.add_argument("config", type=Path, nargs="?", default=quickstart)
    parser.add_argument("--max-drop", type=float, default=0.0001)
    parser.add_argument("--samples", type=int, default=300, help="drawn from the config's")
    parser.add_argument("--seconds", type=float, default=100.0, help="most time of each search")
    half = max(1, len(os.sched_getaffinity(0)) // 2)
    parser.add_argument("--neighbours", type=int, default=half, help="busy processes")
    given = parser.parse_args()
    alone = searched("alone", given)
    with busy(given.neighbours):
        beside = searched(
            f"beside {numbers.count(given.neighbours, 'busy process', 'busy processes')}", given
        )
    if was_stopped(alone) or was_stopped(beside):
        print("no answer: a search was stopped before it had measured every group; --seconds")
        sys.exit(2)
    if not any(group.reason for report in (alone, beside) for group in report.groups):
        print("no answer: no layer fell back, so times decided nothing; less --max-drop")
        sys.exit(2)
    result = differences(alone, beside)
    print("\n".join(result) or f"the same choice for all {len(alone.groups)} groups")
    sys.exit(1 if result else 0)


if __name__ == "__main__":
    main()
