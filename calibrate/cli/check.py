"""`calibrate check`: a config tried on two samples."""

from pathlib import Path

import click

from calibrate.cli.options import Display, config_options, display_options, example


@click.command(epilog=example("calibrate check configs/quickstart.yaml"))
@click.argument(
    "configs", metavar="CONFIG...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--no-plugins", is_flag=True, help="Refuse components of Python files.")
@config_options
@display_options
def check(
    configs: tuple[Path, ...], *, no_plugins: bool, overrides: tuple[str, ...], display: Display
) -> None:
    """Validate each CONFIG, and take two samples through the whole chain, without quantizing.

    Shows what the adapter reads, what the model gets and gives, and what it predicts against the
    label: a wrong channel order, normalization or label offset is seen here. Writes nothing.
    """
    from calibrate.cli.output import show
    from calibrate.commands.check import check as run
    from calibrate.config.load import load_config
    from calibrate.report.commands.check import render

    for config in configs:
        report = run(load_config(config, overrides=overrides, allow_plugins=not no_plugins))
        show(display, report, render(report))
