"""`calibrate convert-config`: convert configs of POT and of the Accuracy Checker."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from calibrate.cli.exit_codes import ERROR, WITHIN_BUDGET
from calibrate.cli.options import example
from calibrate.migrate.accuracy_checker import Surroundings
from calibrate.migrate.convert import Converted, convert, read_definitions
from calibrate.migrate.notes import HEADINGS
from calibrate.migrate.places import Places
from calibrate.migrate.writing import write_all

_FILE = click.Path(path_type=Path)


@click.command(
    "convert-config",
    epilog=example(
        "calibrate convert-config pot.json -o configs",
        "calibrate convert-config accuracy-check.yml -d dataset_definitions.yml -s datasets",
    ),
)
@click.argument("source", type=_FILE)
@click.option("-d", "--definitions", type=_FILE, help="The definitions of datasets, a YAML.")
@click.option("-m", "--model", help="The model's path, where the config does not have it.")
@click.option("-s", "--source-dir", "data", help="The folder of datasets [default: ${DATA_DIR}].")
@click.option(
    "-o",
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the YAML files go [default: here].",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def convert_config(  # noqa: PLR0913  # one an option
    source: Path,
    definitions: Path | None,
    model: str | None,
    data: str | None,
    output_dir: Path,
    *,
    force: bool,
    quiet: bool,
) -> int:
    """Convert a config of POT (JSON) or of the Accuracy Checker (YAML).

    Writes a YAML for each model and dataset. What could not be carried over stands at the top of
    the file and is printed. Exit code 0: at least one file is written; 1: none.
    """
    around = Surroundings(
        places=Places(source=_as_written(data, output_dir)),
        definitions={} if definitions is None else read_definitions(definitions),
        model=_as_written(model, output_dir),
        output=output_dir,
    )
    converted = convert(source, around)
    written = write_all(converted, output_dir, force=force)
    for conversion in converted:
        if not quiet or conversion.text is None:
            _print_result(conversion, written.get(conversion.name))
    return WITHIN_BUDGET if written else ERROR


def _as_written(path: str | None, folder: Path) -> str | None:
    """Return a path of the command line relative to the folder of the written files."""
    if path is None or Path(path).is_absolute() or path.startswith(("$", "~")):
        return path
    return os.path.relpath(path, folder)


def _print_result(converted: Converted, path: Path | None) -> None:
    stream = path is None
    state = "carried over in full" if converted.notes.full else "carried over in part"
    head = f"{path}: {state}" if path else f"{converted.name}: nothing is written"
    click.echo(_printable(head), err=stream)
    for kind, heading in HEADINGS.items():
        notes: Sequence[object] = converted.notes.of(kind)
        if notes and kind != "no_meaning":
            click.echo(f"  {heading}:", err=stream)
            for note in notes:
                click.echo(_printable(f"    {note}"), err=stream)


def _printable(text: str) -> str:
    """Replace control characters, which could affect the terminal, in text of unknown origin."""
    return "".join(character if character.isprintable() else "?" for character in text)
