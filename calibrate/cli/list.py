"""`calibrate list`: the components a config can name, and the parameters of each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import click
from pydantic_core import to_jsonable_python

from calibrate.cli.catalog import Card, card
from calibrate.cli.options import example, json_option
from calibrate.errors import PluginError
from calibrate.plugins import CATALOGS, Kind, load, names


@click.command("list", epilog=example("calibrate list metrics", "calibrate list steps --json"))
@click.argument("kind", type=click.Choice(list(CATALOGS)), required=False)
@click.argument("name", required=False)
@json_option
def list_command(kind: str | None, name: str | None, as_json: bool) -> None:  # noqa: FBT001  # click's call
    """List the adapters, steps, decoders or metrics that a config can name by `type`.

    With NAME, show its parameters with their types, defaults and meaning, and an example; without
    anything, the names of all.
    """
    if kind is None:
        known = {family: sorted(names(family)) for family in CATALOGS}
        click.echo(_json(known) if as_json else _families(known))
        return
    family = cast("Kind", kind)
    if name is not None:
        shown = card(name, load(family, name, folder=Path.cwd()))
        click.echo(_json(asdict(shown)) if as_json else _page(shown))
        return
    cards = [_card(family, known) for known in sorted(names(family))]
    if as_json:
        click.echo(_json([asdict(entry) for entry in cards]))
        return
    formatter = click.HelpFormatter(width=100)
    if cards:
        formatter.write_dl([(entry.name, entry.summary) for entry in cards])
    click.echo(formatter.getvalue().rstrip())


def _families(known: Mapping[Kind, Sequence[str]]) -> str:
    formatter = click.HelpFormatter(width=100)
    formatter.write_dl([(family, ", ".join(components)) for family, components in known.items()])
    return f"{formatter.getvalue().rstrip()}\nNext: calibrate list metrics accuracy"


def _card(kind: Kind, name: str) -> Card:
    """One component's card; one that cannot be imported says so and does not hide the others."""
    try:
        return card(name, load(kind, name, folder=Path.cwd()))
    except PluginError as error:
        return Card(name, str(error), str(error), "", ())


def _page(shown: Card) -> str:
    formatter = click.HelpFormatter(width=100)
    formatter.write(f"{shown.name}: {shown.description}\n")
    if shown.parameters:
        with formatter.section("Parameters"):
            formatter.write_dl(
                [
                    (
                        parameter.name,
                        f"{parameter.type}; "
                        + (
                            "required"
                            if parameter.required
                            else f"default {_short(parameter.default)}"
                        )
                        + f". {' '.join(parameter.description.split())}",
                    )
                    for parameter in shown.parameters
                ]
            )
    if shown.example:
        with formatter.section("Example"):
            formatter.write("".join(f"  {line}\n" for line in shown.example.splitlines()))
    return formatter.getvalue().rstrip()


def _short(default: object) -> str:
    return json.dumps(to_jsonable_python(default))


def _json(value: object) -> str:
    return json.dumps(to_jsonable_python(value), indent=2)
