"""What a command found, on stdout: for people, or as JSON."""

from typing import TYPE_CHECKING

import click

from calibrate.cli.options import Display

if TYPE_CHECKING:
    from rich.console import RenderableType


def show(display: Display, facts: object, rendered: "RenderableType") -> None:
    """Print the facts as JSON where that is asked for, else as they are rendered.

    Numbers that JSON does not have (infinite ends of intervals) become null.
    """
    if display.json:
        from pydantic_core import to_json

        click.echo(to_json(facts, indent=2, inf_nan_mode="null").decode())
    elif not display.quiet:
        from calibrate.report.formats.console import SafeConsole

        # Not the width of a pipe's imagined terminal: a log has room.
        console = SafeConsole()
        console = console if console.is_terminal else SafeConsole(width=max(console.width, 120))
        console.print(rendered)
