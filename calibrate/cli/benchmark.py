"""`calibrate benchmark`: models timed side by side."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calibrate.cli.options import Display, display_options, example

if TYPE_CHECKING:
    from calibrate.runtime.inference_precision import InferencePrecision


def _shapes(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, tuple[int, ...]]:
    shapes = {}
    for text in values:
        name, _, sides = text.rpartition("=")
        if not name or not re.fullmatch(r"\[?\d+(\s*,\s*\d+)*\]?", sides):
            raise click.BadParameter(f"'{text}' is not NAME=1,3,224,224")
        shapes[name] = tuple(int(side) for side in sides.strip("[]").split(","))
    return shapes


@click.command(
    epilog=example(
        "calibrate benchmark out/quickstart/quickstart.xml",
        "calibrate benchmark fp32.onnx int8.xml --layers --seconds 10",
    )
)
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=4.0,
    show_default=True,
    help="About how long the timing of all models takes.",
)
@click.option("--streams", type=click.IntRange(min=1), help="Inferences side by side.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads; all cores by default.")
@click.option("--layers", is_flag=True, help="Time each layer too, and show the slowest.")
@click.option("--top", type=click.IntRange(min=1), default=15, help="How many layers are shown.")
@click.option(
    "--shape",
    "shapes",
    metavar="NAME=1,3,224,224",
    multiple=True,
    callback=_shapes,
    help="Shape of an input that leaves dimensions open; repeatable.",
)
@click.option(
    "--inference-precision",
    type=click.Choice(("auto", "f32", "bf16", "f16")),
    default="auto",
    show_default=True,
    help="What floating point is computed in; auto is what the plugin chooses on this CPU.",
)
@display_options
def benchmark(  # noqa: PLR0913  # one argument an option
    *,
    models: tuple[Path, ...],
    seconds: float,
    streams: int | None,
    threads: int | None,
    layers: bool,
    top: int,
    shapes: dict[str, tuple[int, ...]],
    inference_precision: "InferencePrecision",
    display: Display,
) -> None:
    """Measure latency and throughput of MODELS, in turn, so that a busy machine is fair to all.

    Latency is one inference at a time, throughput every core busy, inputs are random. Speed-ups
    are against the first model.
    """
    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.commands.benchmark import BenchmarkOptions
    from calibrate.commands.benchmark import benchmark as run
    from calibrate.core.costs import Costs
    from calibrate.report.commands.benchmark import render_benchmark
    from calibrate.runtime.benchmark import Settings
    from calibrate.runtime.inference_precision import deployed_type

    compute_type = deployed_type(inference_precision)
    settings = Settings(streams, threads, {str(path): compute_type for path in models})
    options = BenchmarkOptions(seconds, settings, layers, shapes)
    with Bars(display) as bars:
        report = run(models, options, bars, Costs(lambda: 0.0))
    show(display, report, render_benchmark(report, top))
