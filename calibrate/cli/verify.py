"""`calibrate verify`: whether a certified model keeps its budget here."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calibrate.cli.exit_codes import OVER_BUDGET, WITHIN_BUDGET
from calibrate.cli.options import Display, as_override, config_options, display_options, example

if TYPE_CHECKING:
    from calibrate.runtime.inference_precision import InferencePrecision

_LIMIT = "ONEDNN_MAX_CPU_ISA"
_SETS = ("sse41", "avx2", "avx512_core", "avx512_core_vnni", "avx512_core_amx")


@click.command(
    epilog=example(
        "calibrate verify out/quickstart/quickstart.xml",
        "calibrate verify out/quickstart/quickstart.xml --isa avx2",
    )
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="Config to use; the recorded one else."
)
@click.option(
    "--dataset", type=click.Path(path_type=Path), help="Dataset file with other, new images."
)
@click.option("--max-drop", type=click.FloatRange(min=0), help="Another budget, absolute.")
@click.option("--isa", type=click.Choice(_SETS), help="Verify with a smaller instruction set.")
@click.option(
    "--inference-precision",
    type=click.Choice(("auto", "f32", "bf16", "f16")),
    help="What floating point is computed in; the certified one by default.",
)
@click.option(
    "--allow-plugins",
    "recorded_plugins",
    is_flag=True,
    help="Run Python files that the model's certificate names.",
)
@click.option(
    "--verify-key",
    metavar="KEY.PEM",
    type=click.Path(path_type=Path),
    help="The certificate has to be signed with this public Ed25519 key (`run --sign`).",
)
@config_options
@display_options
def verify(  # noqa: PLR0913  # one argument an option
    *,
    model: Path,
    config: Path | None,
    dataset: Path | None,
    max_drop: float | None,
    isa: str | None,
    inference_precision: "InferencePrecision | None",
    recorded_plugins: bool,
    verify_key: Path | None,
    allow_plugins: bool,
    overrides: tuple[str, ...],
    display: Display,
) -> int:
    """Check that MODEL is what was certified, and that it keeps its budget on this CPU.

    Components in Python files that the certificate names are executed with --allow-plugins only;
    those of a --config as in every command.

    The model is measured again on the acceptance images that are recorded in it, or on new
    ones. Exit code 0: the promise holds; 4: the model is not as it was certified,
    or the drop is over budget here.
    """
    if isa is not None:
        return _verify_isa_limited(isa)
    from calibrate.cli.output import show
    from calibrate.cli.progress import Bars
    from calibrate.commands.verify_file import VerifyOptions, verify_file
    from calibrate.report.commands.verify import render_verify

    if dataset is not None:
        overrides = (*overrides, as_override("dataset", dataset))
    options = VerifyOptions(
        config=config,
        overrides=overrides,
        max_drop=max_drop,
        inference_precision=inference_precision,
        allow_plugins=allow_plugins,
        recorded_plugins=recorded_plugins,
        verify_key=verify_key,
    )
    with Bars(display) as bars:
        verification = verify_file(model, options, bars)
    facts = {
        "passed": verification.passed,
        "outcome": verification.outcome,
        "intact": verification.intact,
    }
    show(display, {**facts, **asdict(verification)}, render_verify(verification))
    return WITHIN_BUDGET if verification.passed else OVER_BUDGET


def _verify_isa_limited(isa: str) -> int:
    """Run the same command in a process whose CPU plugin is limited to `isa`."""
    from calibrate.child_process import start_module
    from calibrate.errors import CalibrateError
    from calibrate.runtime.cpu import rank, this_cpu

    cpu = this_cpu()
    if rank(isa) > rank(cpu.instruction_set):
        raise CalibrateError(
            f"this CPU has {cpu.instruction_set} and cannot emulate {isa}",
            where="--isa",
            hint="only instruction sets of this CPU can be tried here",
        )
    context = click.get_current_context()
    arguments = _arguments_without_isa(context)
    environment = {_LIMIT: isa.upper()}
    with start_module("calibrate", ["verify", *arguments], environment=environment) as child:
        return child.wait()


def _arguments_without_isa(context: click.Context) -> list[str]:
    """Rebuild the command line from the values that click parsed, without --isa."""
    arguments: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if parameter.name == "isa" or value in (None, False, ()):
            continue
        if isinstance(parameter, click.Argument):
            arguments.append(str(value))
            continue
        option = max(parameter.opts, key=len)
        if value is True:
            arguments.append(option)
        else:
            values = value if isinstance(value, tuple) else (value,)
            arguments += [argument for entry in values for argument in (option, str(entry))]
    return arguments
