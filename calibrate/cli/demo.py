"""`calibrate demo`: the built-in sample, from nothing to an INT8 model and its report."""

from pathlib import Path

import click

from calibrate.cli.exit_codes import OVER_BUDGET, WITHIN_BUDGET
from calibrate.cli.options import Display, display_options, example
from calibrate.cli.problems import printable


@click.command(epilog=example("calibrate demo --open"))
@click.option(
    "-o",
    "--output-dir",
    default=Path("calibrate-demo"),
    show_default=True,
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that the sample is copied to and calibrated in.",
)
@click.option("--open", "opened", is_flag=True, help="Open the HTML report in a browser.")
@display_options
def demo(output_dir: Path, *, opened: bool, display: Display) -> int:
    """Calibrate the sample that comes with calibrate: a network that reads handwritten digits.

    Copies a model, 1000 labelled images and a config to a folder, runs `calibrate run` on them,
    and names the HTML report. Takes about a minute and needs no download.
    """
    from calibrate.cli.progress import Bars
    from calibrate.cli.report_page import name_page
    from calibrate.commands.demo import copy_sample
    from calibrate.commands.run import run
    from calibrate.config.load import load_config
    from calibrate.config.overrides import spell_override

    config = copy_sample(output_dir)
    reports = spell_override("output.reports", ["json", "html", "markdown"])
    with Bars(display) as bars:
        report = run(load_config(config, overrides=(reports,)), bars)
    page = output_dir / "out" / "quickstart" / "report.html"
    if display.json:
        click.echo(report.model_dump_json(indent=2))
    elif not display.quiet:
        from calibrate.report.formats.console import SafeConsole
        from calibrate.report.formats.terminal import render_terminal

        SafeConsole().print(render_terminal(report))
        click.echo(printable(f"Config: {config} (yours begins with `calibrate new`)"))
    name_page(page, display, opened=opened)
    return WITHIN_BUDGET if report.verdict.passed else OVER_BUDGET
