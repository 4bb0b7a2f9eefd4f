"""The options common to commands, and the example at the end of every help page.

`config_options` passes the command two arguments, `overrides` and `allow_plugins`;
`display_options` passes one, `display`.
"""

import functools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Display:
    """How a command displays its results.

    Attributes:
        quiet: print only errors and, if requested, JSON.
        verbose: log each step.
        json: the result on stdout is one JSON value; everything else goes to stderr.
        progress: bars are drawn on a terminal.
    """

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    progress: bool = True


class FolderPath(click.Path):
    """A folder that may not exist yet; an empty text is an error, not the current folder."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Convert the text to a path."""
        if not str(value):
            self.fail("the folder's name is empty", param, ctx)
        return super().convert(value, param, ctx)


def config_options(
    command: Command, *, output_dir_names: tuple[str, ...] = ("-o", "--output-dir")
) -> Command:
    """Add `--set` and `--output-dir`, passed as `overrides`: `key.path=value` texts in order.

    `--no-plugins` becomes `allow_plugins`.

    Args:
        command: the function of the command.
        output_dir_names: without `-o` where that is the command's `--output`.
    """

    @click.option(
        "--set",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Override a key of the config, for instance budget.max_drop=0.005; repeatable. "
        "Relative paths are relative to the file that contains the key.",
    )
    @click.option(
        *output_dir_names,
        "output_dir",
        metavar="DIR",
        type=FolderPath(),
        help="Override output.dir, relative to where you stand.",
    )
    @click.option(
        "--no-plugins", is_flag=True, help="Refuse components of Python files (`file.py:Name`)."
    )
    @functools.wraps(command)
    def wrapped(
        *args: object,
        settings: tuple[str, ...],
        output_dir: Path | None,
        no_plugins: bool,
        **kwargs: object,
    ) -> object:
        overrides = list(settings)
        if output_dir is not None:
            overrides.append(as_override("output.dir", output_dir))
        return command(*args, overrides=tuple(overrides), allow_plugins=not no_plugins, **kwargs)

    return wrapped


def as_override(key: str, path: Path) -> str:
    """Return a path of the command line as an override: absolute and quoted for YAML."""
    # `$` is doubled only before `{`, where it would begin a variable.
    text = json.dumps(os.path.abspath(path)).replace("${", "$${")  # noqa: PTH100  # keeps symlinks
    return f"{key}={text}"


def json_option(command: Command) -> Command:
    """Add `--json` alone, for commands that only print."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def display_options(command: Command) -> Command:
    """Add `--quiet`, `--verbose`, `--json` and `--no-progress`, passed as one `Display`."""

    @click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
    @click.option("-v", "--verbose", is_flag=True, help="Tell what is done, step by step.")
    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
    @click.option("--no-progress", is_flag=True, help="Draw no progress bars.")
    @functools.wraps(command)
    def wrapped(
        *args: object,
        quiet: bool,
        verbose: bool,
        as_json: bool,
        no_progress: bool,
        **kwargs: object,
    ) -> object:
        if quiet and verbose:
            raise click.UsageError("--quiet and --verbose exclude each other.")
        display = Display(quiet, verbose, as_json, not (no_progress or quiet))
        return command(*args, display=display, **kwargs)

    return wrapped


def example(*lines: str) -> str:
    r"""Return the end of a help page; `\b` keeps click from joining the lines."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])
