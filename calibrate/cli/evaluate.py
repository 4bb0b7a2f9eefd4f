"""`calibrate evaluate`: metrics of any model on a config's dataset."""

from pathlib import Path

import click

from calibrate.cli.options import Display, as_override, config_options, display_options, example


@click.command(
    epilog=example(
        "calibrate evaluate configs/quickstart.yaml",
        "calibrate evaluate configs/quickstart.yaml -m fp32.onnx -m int8.xml",
    )
)
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "-m",
    "--model",
    "models",
    metavar="MODEL",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A model to evaluate instead of the config's; repeatable: drops are against the first.",
)
@click.option(
    "--images",
    type=click.Choice(["all", "search", "acceptance"]),
    default="all",
    show_default=True,
    help="All images, or one of the sets that `calibrate run` uses.",
)
@config_options
@display_options
def evaluate(
    config: Path,
    models: tuple[Path, ...],
    images: str,
    *,
    overrides: tuple[str, ...],
    allow_plugins: bool,
    display: Display,
) -> None:
    """Measure the metrics of one model, or of several side by side.

    Preprocessing, decoder and metrics are the config's. Models are compared image by image; the
    interval says what else the drop could be by the luck of these images.
    """
    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.commands.evaluate import evaluate as run
    from calibrate.config.load import load_config
    from calibrate.core.costs import Costs
    from calibrate.report.commands.evaluate import render_evaluate

    if models:
        overrides = (*overrides, as_override("model.path", models[0]))
    resolved = load_config(config, overrides=overrides, allow_plugins=allow_plugins)
    chosen = models or (resolved.config.model.path,)
    with Bars(display) as bars:
        evaluation = run(resolved, chosen, images, bars, Costs(lambda: 0.0))  # type: ignore[arg-type]  # click has checked it
    show(display, evaluation, render_evaluate(evaluation))
