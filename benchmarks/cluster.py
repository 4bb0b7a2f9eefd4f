"""What workers add: counted work, processor time, bytes and repeated tasks by number of workers.

    python benchmarks/cluster.py --workers 1 2 4 --blocks 28 --models 8

Runs one search over a network of so many residual blocks (about four groups each), and a batch of
small networks, once without a cluster and once for each number of local worker processes, with
empty caches each time. Wall-clock times say little where the processes share the cores of one
machine: judge by the counted work, by how evenly it is divided, and by processor time. Prints a
row for each as JSON, and writes all of them.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from growth import write_job

from calibrate.commands.batch.cluster_host import cluster_host
from calibrate.commands.batch.plan import Limits, plan_configs
from calibrate.commands.batch.scheduler import Host, run_batch
from calibrate.commands.run import run
from calibrate.commands.run_options import RunOptions
from calibrate.config.load import load_config
from calibrate.core.progress import NoProgress
from calibrate.report.load import load_report
from calibrate.report.schema import Report

SMALL = 1
"""Residual blocks of the smallest network of the batch; each further one has one more."""

UNTIMED = ("sensitivity", "candidates", "acceptance", "int8", "recipes")
"""Stages whose work does not depend on clocks."""


@dataclass(frozen=True)
class Row:
    """What one number of workers cost.

    Attributes:
        workers: 0 for none: everything in one process.
        compilations: counted in stages that are not timed, of all runs.
        inferences: likewise.
        cpu_seconds: processor time of this process and all that it started.
        seconds: wall clock.
        bytes_sent: to workers.
        repeated: tasks sent again.
        balance: the work of all workers over that of the busiest one times their number; 1 is
            even.
        same: whether every model is that of no cluster, byte for byte.
    """

    what: str
    workers: int
    compilations: int
    inferences: int
    cpu_seconds: float
    seconds: float
    bytes_sent: int
    repeated: int
    balance: float
    same: bool


class Notes(NoProgress):
    """Prints what is noted of workers."""

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        if "worker" in text:
            print(text, flush=True)


def work(report: Report) -> tuple[int, int]:
    """Return compilations and inferences of the stages that are not timed."""
    stages = [report.cost.stages[name] for name in UNTIMED if name in report.cost.stages]
    return sum(s.compilations for s in stages), sum(s.inferences for s in stages)


def cpu() -> float:
    """Return the processor time of this process and its ended children."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def balance(counts: Mapping[Any, int]) -> float:
    """Return how evenly work is divided, 1 for even."""
    return sum(counts.values()) / (len(counts) * max(counts.values())) if counts else 1.0


def set_apart(folder: Path) -> None:
    """Give this process and its workers empty caches, so that all files are sent and counted."""
    for name, place in (("XDG_CACHE_HOME", "cache"), ("TMPDIR", "tmp")):
        (folder / place).mkdir()
        os.environ[name] = str(folder / place)
    tempfile.tempdir = None


def search(folder: Path, config: Path, workers: int, expected: bytes | None) -> tuple[Row, bytes]:
    """Run one search on a number of workers.

    Args:
        folder: for the result.
        config: of the run.
        workers: 0 for no cluster.
        expected: the weights of the model without a cluster.
    """
    set_apart(folder)
    begun, cpu_begun = time.monotonic(), cpu()
    overrides = [f"output.dir={folder}", "search.objective=size"]
    cluster = f"local:{workers}" if workers else None
    resolved = load_config(config, overrides=overrides)
    report = run(resolved, Notes(), conduct=RunOptions(cluster=cluster))
    weights = (folder / "model.bin").read_bytes()
    compilations, inferences = work(report)
    done = report.cost.cluster
    row = Row(
        what=f"search, {len(report.groups)} groups",
        workers=workers,
        compilations=compilations,
        inferences=inferences,
        cpu_seconds=cpu() - cpu_begun,
        seconds=time.monotonic() - begun,
        bytes_sent=done.bytes_sent if done else 0,
        repeated=done.repeated if done else 0,
        balance=balance(done.evaluations) if done else 1.0,
        same=expected is None or weights == expected,
    )
    return row, weights


def batch(
    folder: Path, configs: list[Path], workers: int, expected: bytes | None
) -> tuple[Row, bytes]:
    """Run a batch on a number of workers, which share this machine's file system."""
    set_apart(folder)
    begun, cpu_begun = time.monotonic(), cpu()
    planned = plan_configs(configs, ["search.objective=size"], folder)
    sent, runs_of = 0, dict[str, int]()
    if workers:
        with cluster_host(f"local:{workers}", (), folder, print) as host:
            limits, counting = Limits(jobs=workers), Host(start=host.start)
            result = run_batch(planned, folder, limits, NoProgress(), host=counting)
            sent, runs_of = host.workers.cluster.traffic.bytes, host.workers.runs_of_worker
    else:
        result = run_batch(planned, folder, Limits(), NoProgress())
    reports = [load_report(Path(str(row.report))) for row in result.rows]
    works = [work(report) for report in reports]
    weights = b"".join(
        (Path(str(row.report)).parent / "model.bin").read_bytes() for row in result.rows
    )
    row = Row(
        what=f"batch, {len(configs)} models",
        workers=workers,
        compilations=sum(compilations for compilations, _ in works),
        inferences=sum(inferences for _, inferences in works),
        cpu_seconds=cpu() - cpu_begun,
        seconds=time.monotonic() - begun,
        bytes_sent=sent,
        repeated=max(0, sum(runs_of.values()) - len(configs)),
        balance=balance(runs_of),
        same=expected is None or weights == expected,
    )
    return row, weights


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--blocks", type=int, default=28)
    parser.add_argument("--only", choices=["search", "batch"])
    parser.add_argument("--models", type=int, default=8)
    parser.add_argument("--output", type=Path, default=Path("cluster.json"))
    words = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        large = write_job(words.blocks, root / "large")
        small = [
            write_job(SMALL + number, root / f"small{number}") for number in range(words.models)
        ]
        measured: list[tuple[Callable[..., tuple[Row, bytes]], Any]]
        measured = [(search, large), (batch, small)]
        for make, what in measured:
            if words.only not in (None, make.__name__):
                continue
            expected: bytes | None = None
            for workers in (0, *words.workers):
                place = root / f"{make.__name__}{workers}"
                place.mkdir()
                made = make(place, what, workers, expected)
                expected = expected or made[1]
                rows.append(made[0])
                print(json.dumps(asdict(made[0])), flush=True)
    words.output.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
