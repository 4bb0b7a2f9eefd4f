"""Print the result of a command on stdout, as text or JSON."""

from typing import TYPE_CHECKING

import click

from calibrate.cli.options import Display

if TYPE_CHECKING:
    from rich.console import RenderableType


def show(display: Display, facts: object, rendered: "RenderableType") -> None:
    """Print the facts as JSON if requested, else the rendered form.

    Numbers that JSON does not have (infinite ends of intervals) become null.
    """
    if display.json:
        from pydantic_core import to_json

        click.echo(to_json(facts, indent=2, inf_nan_mode="null").decode())
    elif not display.quiet:
        from calibrate.report.formats.console import SafeConsole

        # A pipe has no terminal width, so use at least 120 columns for logs.
        console = SafeConsole()
        console = console if console.is_terminal else SafeConsole(width=max(console.width, 120))
        console.print(rendered)
