"""`calibrate`: the commands by name, and the conversion of failures to exit codes."""

import errno
import io
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from calibrate.cli.crash_log import write_crash_log
from calibrate.cli.exit_codes import ERROR, INTERRUPTED, UNEXPECTED, WITHIN_BUDGET
from calibrate.cli.lazy import Entry, LazyGroup
from calibrate.cli.options import example
from calibrate.cli.problems import print_problems, printable
from calibrate.cli.process_state import handle_signals, is_interrupted, secure_streams
from calibrate.core.resource_errors import resource_error
from calibrate.core.variables import forget_values
from calibrate.errors import CalibrateError, PluginError, Problems
from calibrate.version import __version__

# The help line is here so that `calibrate --help` imports none of the commands.
COMMANDS: dict[str, Entry] = {
    "run": Entry("calibrate.cli.run:run_command", "Calibrate a model within an accuracy budget."),
    "demo": Entry("calibrate.cli.demo:demo", "Calibrate the built-in sample."),
    "check": Entry("calibrate.cli.check:check", "Check a config on two samples, fast."),
    "evaluate": Entry("calibrate.cli.evaluate:evaluate", "Measure metrics of any models."),
    "analyze": Entry("calibrate.cli.analyze:analyze", "Show what each layer costs and buys."),
    "benchmark": Entry("calibrate.cli.benchmark:benchmark", "Time models side by side."),
    "inspect": Entry("calibrate.cli.inspect:inspect_command", "Show what is in a model."),
    "verify": Entry("calibrate.cli.verify:verify", "Check that a model keeps its budget here."),
    "new": Entry("calibrate.cli.new:new", "Write a config from a model and a data folder."),
    "doctor": Entry("calibrate.cli.doctor:doctor", "Look for traps on this machine."),
    "convert-config": Entry(
        "calibrate.cli.convert_config:convert_config", "Convert configs of POT, Accuracy Checker."
    ),
    "report": Entry("calibrate.cli.report:report_command", "Show a finished run in any form."),
    "list": Entry("calibrate.cli.list:list_command", "Show adapters, steps, decoders, metrics."),
    "compare": Entry("calibrate.cli.compare:compare", "Show two finished runs side by side."),
    "schema": Entry("calibrate.cli.schema:schema", "Print the JSON Schema of configs."),
}

_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_MACHINE_ERRORS = (
    errno.EAGAIN,
    errno.EIO,
    errno.ELOOP,
    errno.EMFILE,
    errno.ENAMETOOLONG,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ESTALE,
)

_PATH_ERRORS = {
    "Symlink loop": "the links of a path form a circle",
    "embedded null": "a path contains a null character",
}
"""What Python says of such paths, and what it means."""


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    epilog=example("calibrate list metrics"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="calibrate")
def calibrate() -> None:
    """Make the fastest INT8 model for this CPU that keeps an accuracy budget."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    secure_streams()
    handle_signals()
    code = run(sys.argv[1:] if arguments is None else arguments)
    if code == INTERRUPTED:
        # After an interrupt during an import the interpreter would end by a signal instead of
        # with this code.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        One of `exit_codes`; errors are printed on stderr without a traceback.
    """
    forget_values()
    try:
        _check_current_folder()
        result = calibrate.main(list(arguments), prog_name="calibrate", standalone_mode=False)
    except click.NoSuchOption as error:
        _show(_with_set(error))
        return error.exit_code
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the only place: users see no traceback
        if is_interrupted():
            click.echo("Interrupted.", err=True)
            return INTERRUPTED
        return _failure(error, arguments)
    return result if isinstance(result, int) else WITHIN_BUDGET


def _show(error: click.ClickException) -> None:
    """Print what click says of a command line, with names that can stand in a terminal."""
    text = io.StringIO()
    error.show(text)
    click.echo(printable(text.getvalue()), err=True, nl=False)


def _with_set(error: click.NoSuchOption) -> click.UsageError:
    """Point at `--set` where no option is near and the command reads a config."""
    parameters = error.ctx.command.params if error.ctx else ()
    if error.possibilities or not any("--set" in each.opts for each in parameters):
        return error
    return click.UsageError(
        f"{error.message.rstrip('.')}; keys of the config are overridden by --set KEY=VALUE, "
        "for instance --set budget.max_drop=0.005",
        error.ctx,
    )


def _failure(error: Exception, arguments: Sequence[str]) -> int:
    known = error if isinstance(error, CalibrateError) else _machine_error(error)
    if known is not None:
        _print_problems(known, arguments)
        return ERROR
    click.echo(f"Unexpected failure: {_one_line(error)}", err=True)
    click.echo(_log(error, arguments), err=True)
    click.echo("This is a mistake of calibrate: please report it with that file.", err=True)
    return UNEXPECTED


def _machine_error(error: Exception) -> CalibrateError | None:
    """Return the error for failures of the machine, which can occur anywhere, or None."""
    refused = resource_error(error)
    if refused is not None:
        return refused
    for text, message in _PATH_ERRORS.items():
        if isinstance(error, RuntimeError | ValueError) and text in str(error):
            return CalibrateError(message, hint="which path of the command or the config is it?")
    if isinstance(error, FileNotFoundError) and "No usable temporary directory" in str(error):
        message = "there is no folder for temporary files that can be written to"
        return CalibrateError(message, hint="set TMPDIR to one, or free space")
    if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
        place = str(error.filename or "")
        return CalibrateError(f"nothing can be written: {error.strerror}", place)
    if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS:
        return CalibrateError(
            f"the system refuses: {error.strerror}",
            str(error.filename or ""),
            "`calibrate doctor` shows the limits of this process",
        )
    return None


def _check_current_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise CalibrateError(
            "the folder that you stand in has been deleted", hint="cd to another one"
        ) from error


def _print_problems(error: CalibrateError, arguments: Sequence[str]) -> None:
    print_problems(error, arguments)
    for problem in error.problems if isinstance(error, Problems) else (error,):
        if isinstance(problem, PluginError) and problem.__cause__ is not None:
            click.echo(_log(problem, arguments), err=True)


def _log(error: BaseException, arguments: Sequence[str]) -> str:
    path = write_crash_log(error, ["calibrate", *arguments], datetime.now(UTC), os.environ)
    return (
        printable(f"The whole traceback is in {path}") if path else "No log file could be written."
    )


def _one_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return printable(f"{type(error).__name__}: {text[0]}" if text else type(error).__name__)
