"""The options of `calibrate run`, as one record."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class CliRunOptions:
    """The options of `calibrate run`.

    Attributes:
        force: replace the results of other configs or models.
        wait: wait for another run in the same folder.
        allow_implausible: continue if the floating-point model is no better than chance.
        require_int8: exit code 4 if the result is the floating-point model.
        open_page: open the HTML report in a browser.
        no_html: write no HTML report.
        plan: estimate time and memory instead of running.
        timeout: total seconds.
        memory_limit: total MiB.
        jobs: concurrent runs; None: as set in the batch file.
        warm_start: a report to start from.
        baseline: a report to compare with.
        accuracy_tolerance: how much worse than the baseline accuracy may be.
        latency_tolerance: likewise for latency.
        size_tolerance: likewise for the size of the files.
        retime: measure times again.
        sign: a private key to sign the certificate with.
        timing_lock: the lock file that serializes timing among the runs of a batch.
        cluster: whose workers execute the runs of a batch, or evaluate for a single run; None: this
            machine alone.
        workers: labels or hosts of the workers that may be used.
        helpers: a scheduler whose workers time and evaluate for targets, for a run on a worker.
    """

    force: bool
    wait: bool
    allow_implausible: bool
    require_int8: bool
    open_page: bool
    no_html: bool
    plan: bool
    timeout: float | None
    memory_limit: int | None
    jobs: int | None
    warm_start: Path | None
    baseline: Path | None
    accuracy_tolerance: float
    latency_tolerance: float
    size_tolerance: float
    retime: bool
    sign: Path | None
    timing_lock: Path | None
    cluster: str | None
    workers: tuple[str, ...]
    helpers: str | None


def run_options(command: Command) -> Command:
    """Add all options of `calibrate run`, passed as one argument `cli`."""

    @click.option("--force", is_flag=True, help="Replace the result of another config or model.")
    @click.option("--wait", is_flag=True, help="Wait for another run in the same output folder.")
    @click.option(
        "--allow-implausible",
        is_flag=True,
        help="Go on where the floating-point model is no better than chance.",
    )
    @click.option(
        "--require-int8",
        is_flag=True,
        help="Exit code 4 if no INT8 model keeps the budget and floating point is written.",
    )
    @click.option(
        "--open", "open_page", is_flag=True, help="Open the HTML report in a browser at the end."
    )
    @click.option(
        "--no-html", is_flag=True, help="Write no HTML report, even if the config asks for it."
    )
    @click.option("--plan", is_flag=True, help="Predict time and memory from a probe; do not run.")
    @click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Time for everything, divided among the runs that are left.",
    )
    @click.option(
        "--memory-limit",
        type=click.IntRange(min=256),
        metavar="MIB",
        help="Memory of all processes, divided among runs side by side.",
    )
    @click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Runs side by side, one by default; what is timed is timed alone all the same.",
    )
    @click.option(
        "--warm-start",
        metavar="REPORT.JSON",
        type=click.Path(path_type=Path),
        help="Try the choice of layers of an earlier run first.",
    )
    @click.option(
        "--baseline",
        metavar="REPORT.JSON",
        type=click.Path(path_type=Path),
        help="Fail if the result is worse than that of an earlier run (exit code 4).",
    )
    @click.option(
        "--accuracy-tolerance",
        metavar="DROP",
        type=click.FloatRange(min=0),
        default=0.0,
        show_default=True,
        help="How much worse than the baseline, in each metric's own unit: 0.005 is half a point.",
    )
    @click.option(
        "--latency-tolerance",
        metavar="SHARE",
        type=click.FloatRange(min=0),
        default=0.1,
        show_default=True,
        help="How much slower, as a ratio to FP32 measured side by side.",
    )
    @click.option(
        "--size-tolerance",
        metavar="SHARE",
        type=click.FloatRange(min=0),
        default=0.01,
        show_default=True,
        help="How much larger the files.",
    )
    @click.option(
        "--retime", is_flag=True, help="Measure all times again; recorded ones are not used."
    )
    @click.option(
        "--sign",
        metavar="KEY.PEM",
        type=click.Path(path_type=Path),
        help="Sign the certificate with an Ed25519 key; `verify --verify-key` checks it.",
    )
    @click.option(
        "--cluster",
        metavar="SPEC",
        help="Use Dask workers: local, local:N, or a scheduler's address. A batch sends whole "
        "runs, a single run its evaluations.",
    )
    @click.option(
        "--worker",
        "workers",
        metavar="LABEL",
        multiple=True,
        help="Use only workers of this name or host; may be repeated.",
    )
    @click.option("--helpers", hidden=True)
    @click.option("--timing-lock", "timing_lock", type=click.Path(path_type=Path), hidden=True)
    @functools.wraps(command)
    def wrapped(*args: object, **kwargs: Any) -> object:  # noqa: ANN401  # values as click parsed them
        names = [field.name for field in fields(CliRunOptions)]
        cli = CliRunOptions(**{name: kwargs.pop(name) for name in names})
        return command(*args, cli=cli, **kwargs)

    return wrapped
