"""Why a run of a batch failed: the words that its process ended with."""

import signal
from pathlib import Path

_ENDING = 1 << 14
"""Bytes of a log's end that are read."""
_INTERRUPTED = 130
_TOLD = ("Error: ", "Unexpected failure: ")


def reason(code: int, log: Path) -> str:
    """One sentence for a run's exit code and log.

    Args:
        code: of its process; negative for the signal that ended it.
        log: what it said; may be missing.
    """
    if code < 0:
        return _signalled(-code)
    if code == _INTERRUPTED:
        return "interrupted"
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(_TOLD)]
    if told:
        more = f" (and {len(told) - 1} more problems)" if len(told) > 1 else ""
        return told[0].removeprefix("Error: ") + more
    return lines[-1] if lines else f"ended with exit code {code} and said nothing"


def _signalled(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    hint = "; was the memory too little?" if number == signal.SIGKILL else ""
    return f"its process was ended by {name}{hint}"


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _ENDING))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
