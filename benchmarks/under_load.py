"""Whether a busy neighbour changes the choice of layers.

    python benchmarks/under_load.py configs/zoo_mobilenet_v1.yaml --max-drop 0.005

The same search twice, each with fresh folders and nothing kept of earlier times: alone, and beside
processes that keep processors busy. The choices of precisions have to be the same. Prints how the
two choices differ, group by group, and ends with 1 where they do.
"""

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from calibrate.api import run
from calibrate.report.schema import Report


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


def searched(config: Path, max_drop: float) -> Report:
    """A run of its own, with a cache of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        changes = {"budget.max_drop": max_drop, "output.dir": Path(folder) / "out"}
        return run(config, changes)


def differences(alone: Report, beside: Report) -> list[str]:
    """Groups that were chosen otherwise, with the times that each run measured."""
    return [
        f"{entry.name}: {entry.precision} alone ({entry.microseconds}), "
        f"{other.precision} beside others ({other.microseconds})"
        for entry, other in zip(alone.groups, beside.groups, strict=True)
        if entry.precision != other.precision
    ]


def main() -> None:
    """Search twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--max-drop", type=float, default=0.005)
    parser.add_argument("--neighbours", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    alone = searched(given.config, given.max_drop)
    with busy(given.neighbours):
        beside = searched(given.config, given.max_drop)
    result = differences(alone, beside)
    for name, report in (("alone", alone), ("beside others", beside)):
        if report.deployment is not None:
            print(f"{name}: others took {100 * report.deployment.others:.0f} % of the machine")
    print("\n".join(result) or f"the same choice for all {len(alone.groups)} groups")
    sys.exit(1 if result else 0)


if __name__ == "__main__":
    main()
