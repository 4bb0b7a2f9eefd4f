"""`calibrate analyze`: what each group of layers costs and buys."""

from functools import partial
from pathlib import Path

import click

from calibrate.cli.options import Display, config_options, display_options, example


@click.command(
    epilog=example(
        "calibrate analyze configs/quickstart.yaml",
        "calibrate analyze configs/quickstart.yaml --output analysis.json --open",
    )
)
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=15, help="How many groups are shown.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON there too."
)
@click.option(
    "--open", "open_page", is_flag=True, help="Open the HTML page in a browser at the end."
)
@click.option("--no-html", is_flag=True, help="Write no HTML page.")
@partial(config_options, output_dir_names=("--output-dir",))  # -o is --output here
@display_options
def analyze(  # noqa: PLR0913  # one argument an option
    config: Path,
    *,
    top: int,
    output: Path | None,
    open_page: bool,
    no_html: bool,
    overrides: tuple[str, ...],
    allow_plugins: bool,
    display: Display,
) -> None:
    """Measure each group of layers: what INT8 costs there in accuracy, and what it saves.

    Sensitivity is the divergence of the outputs from FP32 with that group alone in INT8; times are
    the CPU plugin's counters. Nothing is searched for. The page analysis.html is written to the
    config's output folder.
    """
    if open_page and no_html:
        raise click.UsageError("--open and --no-html exclude each other.")
    from pydantic_core import to_json

    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.cli.report_page import name_page
    from calibrate.commands.analyze import analyze as run
    from calibrate.config.load import load_config
    from calibrate.models.write import write_text
    from calibrate.report.commands.analyze import render_analyze
    from calibrate.report.commands.analyze_html import analyze_html

    # Times are measured whatever the objective of this config.
    resolved = load_config(
        config, overrides=(*overrides, "search.objective=latency"), allow_plugins=allow_plugins
    )
    with Bars(display) as bars:
        analysis = run(resolved, bars)
    if output is not None:
        write_text(to_json(analysis, indent=2).decode() + "\n", output)
    page = resolved.config.output.dir / "analysis.html"
    if not no_html:
        write_text(analyze_html(analysis), page)
    show(display, analysis, render_analyze(analysis, top))
    if not no_html:
        name_page(page, display, opened=open_page)
