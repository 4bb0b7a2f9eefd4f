"""`calibrate analyze`: what each group of layers costs and buys."""

from pathlib import Path

import click

from calibrate.cli.options import Display, config_options, display_options, example


@click.command(
    epilog=example(
        "calibrate analyze configs/quickstart.yaml",
        "calibrate analyze configs/quickstart.yaml --output analysis.json",
    )
)
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=15, help="How many groups are shown.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON there too."
)
@config_options
@display_options
def analyze(
    config: Path,
    *,
    top: int,
    output: Path | None,
    overrides: tuple[str, ...],
    allow_plugins: bool,
    display: Display,
) -> None:
    """Measure each group of layers: what INT8 costs there in accuracy, and what it saves.

    Sensitivity is the divergence of the outputs from FP32 with that group alone in INT8; times are
    the CPU plugin's counters. Nothing is searched for, and nothing written without --output.
    """
    from pydantic_core import to_json

    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.commands.analyze import analyze as run
    from calibrate.config.load import load_config
    from calibrate.models.write import write_text
    from calibrate.report.commands.analyze import render_analyze

    # Times are measured whatever the objective of this config.
    resolved = load_config(
        config, overrides=(*overrides, "search.objective=latency"), allow_plugins=allow_plugins
    )
    with Bars(display) as bars:
        analysis = run(resolved, bars)
    if output is not None:
        write_text(to_json(analysis, indent=2).decode() + "\n", output)
    show(display, analysis, render_analyze(analysis, top))
