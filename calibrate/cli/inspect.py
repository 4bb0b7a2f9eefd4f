"""`calibrate inspect`: what is in a model."""

from pathlib import Path

import click

from calibrate.cli.options import Display, display_options, example


@click.command(
    "inspect",
    epilog=example(
        "calibrate inspect out/quickstart/quickstart.xml",
        "calibrate inspect model.onnx --operations",
    ),
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--operations", is_flag=True, help="List each operation, as `ignored_scope` names it."
)
@display_options
def inspect_command(model: Path, operations: bool, display: Display) -> None:  # noqa: FBT001
    """Show what is in MODEL: inputs, outputs, precisions, sizes, and its certificate."""
    from calibrate.cli.output import show
    from calibrate.commands.inspect import inspect_model
    from calibrate.report.commands.inspect import render_inspect

    inspection = inspect_model(model)
    show(display, inspection, render_inspect(inspection, names=operations))
