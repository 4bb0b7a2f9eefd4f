"""`calibrate report`: a finished run again, in any form."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from calibrate.cli.options import example

if TYPE_CHECKING:
    from calibrate.report.formats.files import Form

_FORMS = ("terminal", "json", "junit", "markdown", "html")


@click.command(
    "report", epilog=example("calibrate report out/report.json --format html --output report.html")
)
@click.argument("report", metavar="REPORT.JSON", type=click.Path(path_type=Path))
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="terminal",
    show_default=True,
    help="The form; html is one file that opens offline.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a file instead of stdout.",
)
def report_command(report: Path, form: str, output: Path | None) -> None:
    """Show a finished run again, in any form, from the report.json or the folder that it wrote."""
    from calibrate.report.load import load_report

    loaded = load_report(report / "report.json" if report.is_dir() else report)
    if form == "terminal" and output is None:
        from calibrate.report.formats.console import SafeConsole
        from calibrate.report.formats.terminal import render_terminal

        SafeConsole().print(render_terminal(loaded))
        return
    if form == "terminal":
        from calibrate.report.formats.terminal import plain

        text = plain(loaded)
    else:
        from calibrate.report.formats.files import render_report

        text = render_report(loaded, cast("Form", form))
    if output is None:
        click.echo(text, nl=False)
        return
    from calibrate.models.write import write_text

    write_text(text, output)
