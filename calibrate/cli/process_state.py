"""Process-wide state of the command: signal handlers and standard streams."""

import io
import os
import signal
import sys
from types import FrameType

from calibrate.cli.exit_codes import INTERRUPTED


def handle_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP interrupt the command once.

    A second Ctrl-C ends the process immediately and silently; further SIGTERM and SIGHUP are
    ignored. A signal that is already ignored (`nohup`) stays ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def is_interrupted() -> bool:
    """Whether a signal has interrupted the command: whatever fails then fails for that reason.

    A native library that is being imported makes an ImportError of a KeyboardInterrupt.
    """
    return signal.getsignal(signal.SIGINT) is _end


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _end)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


class _UnbreakableFile(io.FileIO):
    """A file that drops what cannot be written without an error."""

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]  # whatever a buffered writer passes
        try:
            return super().write(view) or 0
        except OSError:
            return view.nbytes


def secure_streams() -> None:
    """Open closed standard streams, ignore errors of a broken stderr, escape what stdout lacks.

    With a closed descriptor 2 the next file that is opened would become standard error, and
    warnings of native code would be written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    raw = _UnbreakableFile(2, "w", closefd=False)
    buffered = io.BufferedWriter(raw)
    sys.stderr = io.TextIOWrapper(
        buffered,
        sys.stderr.encoding if sys.stderr else "utf-8",
        "backslashreplace",
        line_buffering=True,
    )
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the terminal's encoding lacks is escaped instead of ending the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the process's life
