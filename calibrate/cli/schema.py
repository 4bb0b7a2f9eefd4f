"""`calibrate schema`: the JSON Schema of config files."""

import json

import click

from calibrate.cli.options import example
from calibrate.config.json_schema import batch_schema, dataset_schema, run_schema


@click.command(epilog=example("calibrate schema > calibrate.schema.json"))
@click.argument("which", type=click.Choice(["run", "dataset", "batch"]), default="run")
def schema(which: str) -> None:
    """Print the JSON Schema of a run config, a dataset file or a batch file.

    Editors complete and check YAML by it: put
    `# yaml-language-server: $schema=calibrate.schema.json` at the top of the file.
    """
    build = {"run": run_schema, "dataset": dataset_schema, "batch": batch_schema}[which]
    click.echo(json.dumps(build(), indent=2))
