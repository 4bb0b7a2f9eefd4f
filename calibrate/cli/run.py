"""`calibrate run`: the main job."""

from pathlib import Path

import click

from calibrate.cli.exit_codes import OVER_BUDGET, WITHIN_BUDGET
from calibrate.cli.options import Display, config_options, display_options, example


@click.command("run", epilog=example("calibrate run configs/quickstart.yaml"))
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the result of another config or model.")
@click.option("--wait", is_flag=True, help="Wait for another run in the same output folder.")
@config_options
@display_options
def run_command(
    config: Path, overrides: tuple[str, ...], display: Display, *, force: bool, wait: bool
) -> int:
    """Calibrate a model: find the fastest INT8 model within the accuracy budget.

    Writes the model (.xml and .bin) and report.json to the output folder. Exit code 0: within
    budget; 4: over budget, the best model found is written all the same. A run that was stopped
    goes on where it stopped.
    """
    from rich.console import Console

    from calibrate.cli.progress import Bars
    from calibrate.config.load import load_config
    from calibrate.pipeline import Conduct, run
    from calibrate.report.terminal import render

    resolved = load_config(config, overrides=overrides)
    with Bars(display) as bars:
        report = run(resolved, bars, conduct=Conduct(force, wait))
    if display.json:
        click.echo(report.model_dump_json(indent=2))
    elif not display.quiet:
        Console().print(render(report))
    return WITHIN_BUDGET if report.verdict.passed else OVER_BUDGET
