"""`calibrate run`: calibrate one model or several."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calibrate.cli.exit_codes import ERROR, OVER_BUDGET, UNEXPECTED, WITHIN_BUDGET, worst
from calibrate.cli.options import Display, as_override, config_options, display_options, example
from calibrate.cli.problems import printable
from calibrate.cli.run_options import CliRunOptions, run_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calibrate.commands.batch.plan import Planned
    from calibrate.report.baseline import Tolerances
    from calibrate.report.commands.batch import Row
    from calibrate.report.schema import Report

_BATCH_FOLDER = Path("calibrate-batch")


@click.command(
    "run",
    epilog=example(
        "calibrate run configs/quickstart.yaml", "calibrate run configs/batch_example.yaml"
    ),
)
@click.argument("configs", metavar="CONFIG...", nargs=-1, type=click.Path(path_type=Path))
@run_options
@config_options
@display_options
def run_command(
    configs: tuple[Path, ...],
    *,
    overrides: tuple[str, ...],
    allow_plugins: bool,
    display: Display,
    cli: CliRunOptions,
) -> int:
    """Calibrate a model: find the fastest INT8 model within the accuracy budget.

    Writes the model (.xml and .bin), report.json and report.html to the output folder. Exit code
    0: within budget; 4: over budget, worse than the --baseline, or floating point in spite of
    --require-int8; the best model found is written all the same. A run that was stopped goes on
    where it stopped.

    With several configs, or a batch file, each is a run in a process of its own, and a failure is
    a row of the summary. What is finished is not run again. The exit code is the worst of all:
    130, 3, 2, 1, 4, 0.
    """
    from calibrate.config.batch import is_batch

    if not configs:
        raise click.UsageError("Missing argument 'CONFIG...'.")
    batches = [path for path in configs if is_batch(path)]
    if cli.open_page and cli.no_html:
        raise click.UsageError("--open and --no-html exclude each other.")
    if cli.workers and not cli.cluster:
        raise click.UsageError("--worker is for a run with --cluster.")
    if len(configs) == 1 and not batches:
        return _run_single(configs[0], overrides, display, cli, allow_plugins=allow_plugins)
    if len(configs) > 1 and batches:
        raise click.UsageError(f"{batches[0]} is a batch file, which is given alone.")
    for option, given in (
        ("--warm-start", cli.warm_start),
        ("--sign", cli.sign),
    ):
        if given:
            raise click.UsageError(f"{option} is for a single config.")
    return _run_batch(configs, display, cli, is_file=bool(batches), allow_plugins=allow_plugins)


def _run_single(
    config: Path,
    overrides: tuple[str, ...],
    display: Display,
    cli: CliRunOptions,
    *,
    allow_plugins: bool,
) -> int:
    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.cli.report_page import name_page

    with Bars(display) as bars:
        bars.stage("Loading OpenVINO and NNCF")
        from calibrate.commands.report_files import fail_stale_reports
        from calibrate.commands.run import run
        from calibrate.commands.run_options import RunOptions
        from calibrate.config.load import load_config
        from calibrate.errors import CalibrateError
        from calibrate.report.formats.terminal import render_terminal
        from calibrate.report.load import load_report

        given = (*overrides, *_config_overrides(cli))
        try:
            resolved = load_config(config, overrides=given, allow_plugins=allow_plugins)
            # Read before the run, which may overwrite the file.
            baseline = load_report(cli.baseline) if cli.baseline else None
        except CalibrateError as error:
            if not cli.plan:
                fail_stale_reports(config, given, error)
            raise
    if cli.no_html:
        resolved = resolved.without_html()
    if cli.plan:
        from calibrate.commands.estimate.estimate import estimate
        from calibrate.report.commands.estimate import render_estimate

        with Bars(display) as bars:
            expected = estimate(resolved, bars)
        show(display, expected, render_estimate(expected))
        return WITHIN_BUDGET
    shared = (cli.force, cli.wait, cli.timing_lock, cli.sign, cli.retime, cli.cluster)
    options = RunOptions(*shared, workers=cli.workers, helpers=cli.helpers)
    try:
        with Bars(display, limit=resolved.config.search.timeout) as bars:
            report = run(resolved, bars, conduct=options)
    except KeyboardInterrupt:
        _report_kept_measurements(resolved.config.output.dir / "work")
        raise
    if display.json:
        click.echo(report.model_dump_json(indent=2))
    elif not display.quiet:
        from calibrate.report.formats.console import SafeConsole

        SafeConsole().print(render_terminal(report))
    name_page(resolved.config.output.dir / "report.html", display, opened=cli.open_page)
    worse = baseline is not None and _is_worse(report, baseline, cli)
    refuse = cli.require_int8 and not report.is_quantized
    if refuse:
        click.echo(f"Exit code {OVER_BUDGET}: {_NOT_INT8}", err=True)
    return OVER_BUDGET if worse else _verdict_code(report.verdict.outcome, refuse=refuse)


def _report_kept_measurements(work: Path) -> None:
    from calibrate.store.run_journal import JOURNAL_NAME, FileJournal

    path = work / JOURNAL_NAME
    if path.is_file():
        with FileJournal(path, lambda _: None) as journal:
            count = len(journal.recorded())
        kept = f"{count} measurement{'' if count == 1 else 's'}"
        text = f"Kept in {work}: {kept}; the same command continues from there."
        click.echo(printable(text), err=True)


def _config_overrides(cli: CliRunOptions) -> list[str]:
    """Return the options of a single run that override keys of its config."""
    overrides = []
    if cli.timeout is not None:
        overrides.append(f"search.timeout={cli.timeout!r}")
    if cli.memory_limit is not None:
        overrides.append(f"search.memory_limit={cli.memory_limit}")
    if cli.warm_start is not None:
        overrides.append(as_override("search.warm_start", cli.warm_start))
    if cli.allow_implausible:
        overrides.append("search.allow_implausible=true")
    return overrides


def _is_worse(report: "Report", baseline: "Report", cli: CliRunOptions) -> bool:
    """Print regressions since the baseline on stderr; return whether there are any."""
    from calibrate.report.baseline import compare, incomparable

    for reason in incomparable(report, baseline):
        click.echo(printable(f"Note: {reason}"), err=True)
    regressions = compare(report, baseline, _tolerances(cli))
    for regression in regressions:
        text = f"Worse than the baseline: {regression.name}: {regression.message}"
        click.echo(printable(text), err=True)
    return bool(regressions)


def _run_batch(
    configs: tuple[Path, ...],
    display: Display,
    cli: CliRunOptions,
    *,
    is_file: bool,
    allow_plugins: bool,
) -> int:
    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.cli.report_page import name_page
    from calibrate.commands.batch.baseline import BatchBaseline, read_baseline
    from calibrate.commands.batch.cluster_host import cluster_host
    from calibrate.commands.batch.plan import Limits, plan_batch, plan_configs
    from calibrate.commands.batch.scheduler import BatchOptions, Host, run_batch
    from calibrate.config.batch import load_batch
    from calibrate.report.commands.batch import render_batch

    given: dict[str, Any] = click.get_current_context().params
    settings, output = tuple(given["settings"]), given["output_dir"]
    if cli.allow_implausible:
        settings = (*settings, "search.allow_implausible=true")
    limits = Limits(cli.timeout, cli.memory_limit, cli.jobs or 1)
    if is_file:
        placed = [as_override("batch.output_dir", output)] if output is not None else []
        batch = load_batch(configs[0], (*settings, *placed))
        section, folder = batch.section, batch.section.output_dir
        planned = plan_batch(batch)
        limits = Limits(
            cli.timeout or section.timeout,
            cli.memory_limit or section.memory_limit,
            cli.jobs or section.jobs,
        )
    else:
        folder = output or _BATCH_FOLDER
        planned = plan_configs(configs, settings, output)
    if cli.plan:
        return _plan_batch(planned, display, allow_plugins=allow_plugins)
    tolerances = _tolerances(cli)
    baseline = read_baseline(cli.baseline, tolerances) if cli.baseline else BatchBaseline()
    with Bars(display) as bars:
        options = BatchOptions(cli.force, allow_plugins, html=not cli.no_html, baseline=baseline)
        if cli.cluster is None:
            report = run_batch(planned, folder, limits, bars, options=options)
        else:
            with cluster_host(cli.cluster, cli.workers, folder, bars.note) as workers:
                limits = replace(limits, jobs=cli.jobs or len(workers.workers.workers))
                host = Host(start=workers.start)
                report = run_batch(planned, folder, limits, bars, options=options, host=host)
    show(display, report, render_batch(report, str(folder)))
    name_page(folder / "batch.html", display, opened=cli.open_page)
    return worst(_code(row, require_int8=cli.require_int8) for row in report.rows)


def _plan_batch(planned: "Sequence[Planned]", display: Display, *, allow_plugins: bool) -> int:
    """Predict the cost of a batch; the exit code tells whether every run can be read."""
    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.commands.batch.estimate import estimate_batch
    from calibrate.report.commands.batch_estimate import render_batch_estimate

    with Bars(display) as bars:
        expected = estimate_batch(planned, bars, allow_plugins=allow_plugins)
    show(display, expected, render_batch_estimate(expected))
    return ERROR if any(row.message for row in expected.rows) else WITHIN_BUDGET


def _tolerances(cli: CliRunOptions) -> "Tolerances":
    from calibrate.report.baseline import Tolerances

    return Tolerances(cli.accuracy_tolerance, cli.latency_tolerance, cli.size_tolerance)


_NOT_INT8 = "--require-int8 is given, and no layer of the result is quantized."


def _verdict_code(outcome: str, *, refuse: bool) -> int:
    """Return the exit code of a run that has a verdict.

    Args:
        outcome: of the run.
        refuse: whether the result is none that `--require-int8` takes.
    """
    return OVER_BUDGET if outcome == "over" or refuse else WITHIN_BUDGET


def _code(row: "Row", *, require_int8: bool) -> int:
    """Return the exit code of a run of a batch."""
    if row.outcome == "failed":
        code = row.exit_code
        # The exit code promises a report, but there is none.
        strange = code in (WITHIN_BUDGET, OVER_BUDGET)
        return ERROR if code is None else UNEXPECTED if strange else code
    if row.outcome == "not run":
        return ERROR
    if row.regressions:
        return OVER_BUDGET
    return _verdict_code(row.outcome, refuse=require_int8 and not row.quantized)
