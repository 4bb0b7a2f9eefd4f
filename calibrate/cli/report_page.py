"""Name the HTML page that a command wrote, and open it if requested."""

import os
from pathlib import Path

import click

from calibrate.cli.options import Display
from calibrate.cli.problems import printable


def name_page(page: Path, display: Display, *, opened: bool) -> None:
    """Print the path of a page if it exists, and open it in a browser.

    Args:
        page: the HTML file.
        display: quiet prints nothing; with JSON on stdout the path goes to stderr.
        opened: open it.
    """
    if not page.is_file():
        return
    if not display.quiet:
        click.echo(printable(f"Report: {_from_here(page)}"), err=display.json)
    if opened:
        click.launch(page.resolve().as_uri())


def _from_here(path: Path) -> str:
    """Return the path relative to the current folder; absolute if it lies outside."""
    near = os.path.relpath(path)
    return os.path.normpath(path) if near.startswith(os.pardir) else near
