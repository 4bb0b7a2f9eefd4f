"""`calibrate new`: a starter config from a model and a data folder."""

from pathlib import Path

import click

from calibrate.cli.options import Display, display_options, example


@click.command(
    epilog=example("calibrate new model.onnx photos/", "calibrate new model.xml coco/ -o run.yaml")
)
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config.yaml"),
    show_default=True,
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@display_options
def new(*, model: Path, data: Path, output: Path, force: bool, display: Display) -> None:
    """Write a commented config for MODEL and the labelled images in DATA.

    Looks at both and proposes adapter, steps, decoder and metric. The likely normalizations,
    channel orders, crops and letterboxes are tried with the FP32 model on a few images, and the
    best is taken. What it writes has passed `check`; else it says what is missing, exit code 1.
    """
    from rich.console import Group
    from rich.text import Text

    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.commands.new.propose import propose
    from calibrate.commands.new.write_checked import write_checked
    from calibrate.errors import CalibrateError

    if output.exists() and not force:
        raise CalibrateError(
            "the file is there already", where=str(output), hint="name another, or add --force"
        )
    _refuse_swapped(model, data)
    with Bars(display) as bars:
        proposal = propose(model, data, bars)
        write_checked(proposal, output)
    lines = [
        *(Text(f"{section}: {reason}") for section, reason in proposal.reasons.items()),
        *(Text(doubt, style="yellow") for doubt in proposal.doubts),
        Text(f"Written: {output}"),
        Text(f"Next: calibrate check {output}", style="bold"),
    ]
    facts = {"written": output, "reasons": proposal.reasons, "doubts": proposal.doubts}
    show(display, facts, Group(*lines))


def _refuse_swapped(model: Path, data: Path) -> None:
    """Raise CalibrateError if the data is a model file and the model is none."""
    from calibrate.errors import CalibrateError
    from calibrate.models.read import SUFFIXES

    is_model = model.suffix in SUFFIXES or (model / "saved_model.pb").is_file()
    if not is_model and data.suffix in SUFFIXES and data.is_file():
        raise CalibrateError(
            "this is no model file, and the data is one",
            where=str(model),
            hint=f"the model comes first: calibrate new {data} {model}",
        )
