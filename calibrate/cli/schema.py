"""`calibrate schema`: the JSON Schema of config files."""

import json

import click

from calibrate.cli.options import example
from calibrate.config.json_schema import dataset_schema, run_schema


@click.command(epilog=example("calibrate schema > calibrate.schema.json"))
@click.argument("which", type=click.Choice(["run", "dataset"]), default="run")
def schema(which: str) -> None:
    """Print the JSON Schema of a run config, or of a dataset file.

    Editors complete and check YAML by it: put
    `# yaml-language-server: $schema=calibrate.schema.json` at the top of the file.
    """
    content = run_schema() if which == "run" else dataset_schema()
    click.echo(json.dumps(content, indent=2))
