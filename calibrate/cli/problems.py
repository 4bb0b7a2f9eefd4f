"""Print the problems of an error: with file and line where they are known, like ones together."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from calibrate.cli.excerpt import excerpt
from calibrate.core.variables import without_values
from calibrate.errors import CalibrateError, Problems, ProblemsSummary

_KEY = re.compile(r"[a-z_]+(?:\.[^\s:/]+|\[\d+\])*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SHOWN_PLACES = 3


def print_problems(error: CalibrateError, arguments: Sequence[str]) -> None:
    """Print every problem on stderr, with the line of the file and a caret below the place.

    Problems with one message are printed once, with the places of the others; so are more than
    three whose messages and places differ in numbers alone.

    Args:
        error: one problem or several.
        arguments: of the command, among which the config is looked for.
    """
    problems = error.problems if isinstance(error, Problems) else (error,)
    for first, *others in _alike(problems):
        place = _located(first.where, arguments)
        shown = CalibrateError(first.message, place, first.hint)
        click.echo(printable(f"Error: {shown}"), err=True)
        for line in excerpt(place):
            click.echo(line, err=True)
        if others:
            click.echo(printable(f"  {_further(others)}"), err=True)
    if len(problems) > 1 and not any(isinstance(each, ProblemsSummary) for each in problems):
        click.echo(f"{len(problems)} problems.", err=True)


def _alike(problems: Sequence[CalibrateError]) -> list[list[CalibrateError]]:
    """Group problems, in order of the first of each group."""
    sizes = Counter(_without_numbers(p.where, p.message, p.hint) for p in problems)
    alike: dict[tuple[str, ...], list[CalibrateError]] = {}
    for problem in problems:
        form = _without_numbers(problem.where, problem.message, problem.hint)
        key = form if sizes[form] > _SHOWN_PLACES else (problem.message, problem.hint)
        alike.setdefault(key, []).append(problem)
    return list(alike.values())


def _without_numbers(*texts: str) -> tuple[str, ...]:
    return tuple(_NUMBER.sub("0", text) for text in texts)


def printable(text: str) -> str:
    """Escape control characters in names from data, and hide values of `${VAR}`."""
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in without_values(text)
    )


def _further(others: Sequence[CalibrateError]) -> str:
    """`and 12 more like it: a.txt:4, a.txt:6, a.txt:8, ...`."""
    places = [problem.where for problem in others if problem.where][:_SHOWN_PLACES]
    more = ", ..." if len(others) > len(places) else ""
    return f"and {len(others)} more like it" + (f": {', '.join(places)}{more}" if places else "")


def _located(where: str, arguments: Sequence[str]) -> str:
    """Return a key of the config with file and line if the key is in it; else the same text."""
    if not _KEY.fullmatch(where):
        return where
    # Path.is_file raises for names that are too long.
    configs = (a for a in arguments if a.endswith((".yaml", ".yml")) and os.path.isfile(a))  # noqa: PTH113
    config = next(configs, "")
    if not config:
        return where
    from calibrate.config.document import read_document
    from calibrate.config.tree import deepest

    try:
        root = read_document(Path(config), (), os.environ).root
        path = tuple(int(k) if k.isdigit() else k for k in re.findall(r"[^.\[\]]+", where))
        node, existing = deepest(root, path)
    except CalibrateError:
        return where  # the file has changed since the command read it
    return node.place.where(path) if existing else where
