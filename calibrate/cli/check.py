"""`calibrate check`: a config tried on a few samples."""

from pathlib import Path

import click

from calibrate.cli.options import Display, config_options, display_options, example


@click.command(epilog=example("calibrate check configs/quickstart.yaml"))
@click.argument(
    "configs", metavar="CONFIG...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--allow-implausible",
    is_flag=True,
    help="Exit with 0 although the floating-point model is no better than chance.",
)
@config_options
@display_options
def check(
    configs: tuple[Path, ...],
    *,
    allow_implausible: bool,
    overrides: tuple[str, ...],
    allow_plugins: bool,
    display: Display,
) -> int:
    """Validate each CONFIG, and take a few samples through the whole chain, without quantizing.

    Shows what the adapter reads, what the model gets and gives, and what it predicts against the
    label. Tries the usual alternatives (channel order, normalization, crop, class numbers) on up
    to 64 samples and says which of them score more. Writes nothing. Exit code 1: something is
    wrong, or the floating-point model is no better than chance.
    """
    from calibrate.cli.exit_codes import ERROR, WITHIN_BUDGET
    from calibrate.cli.output import show
    from calibrate.commands.check import check as run
    from calibrate.config.load import load_config
    from calibrate.report.commands.check import render_check

    if allow_implausible:
        overrides = (*overrides, "search.allow_implausible=true")
    passed = True
    for config in configs:
        report = run(load_config(config, overrides=overrides, allow_plugins=allow_plugins))
        show(display, report, render_check(report))
        passed = passed and report.passed
    return WITHIN_BUDGET if passed else ERROR
