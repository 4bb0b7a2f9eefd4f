"""Find the reason of a failed run in the last lines of its log."""

import signal
from pathlib import Path

_ENDING = 1 << 14
"""Bytes read from the end of a log."""
_INTERRUPTED = 130
_REPORTED_PREFIX = ("Error: ", "Unexpected failure: ")


def reason(code: int, log: Path) -> str:
    """Return the reason of a failure as a sentence, from the run's exit code and log.

    Args:
        code: exit code of its process; negative for the signal that ended it.
        log: its output; may be missing.
    """
    if code < 0:
        return _signalled(-code)
    if code == _INTERRUPTED:
        return "interrupted"
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    error_lines = [line for line in lines if line.startswith(_REPORTED_PREFIX)]
    if error_lines:
        count = len(error_lines) - 1
        more = f" (and {count} more problem{'s' if count > 1 else ''})" if count else ""
        return error_lines[0].removeprefix("Error: ") + more
    return lines[-1] if lines else f"ended with exit code {code} and an empty log"


def _signalled(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    hint = "; perhaps the memory did not suffice" if number == signal.SIGKILL else ""
    return f"its process was ended by {name}{hint}"


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _ENDING))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
