"""Try a model file in a process of its own: what crashes there takes nothing else along.

OpenVINO's readers and its CPU plugin are native code, which a damaged or hostile file can make
crash, loop, or ask for all memory. Run as a module, this file is the process that may.
"""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import openvino as ov
import psutil

from calibrate.child_process import run_module
from calibrate.errors import CalibrateError

PATIENCE = 600.0
"""Seconds that reading, compiling and one inference may take together."""

_LOADING = "loading"
_MEMORY = "memory"
_LARGEST = 1 << 28
"""Values that an input may have to be tried with; larger ones are a matter of the run's limits."""


def try_model(path: Path, patience: float = PATIENCE) -> None:
    """Read, compile and, if its shapes are all known, run a model once, in another process.

    What a reader or the plugin refuse properly is not reported here: it occurs again where more is
    known of it.

    Args:
        path: of the model; there is such a file.
        patience: seconds.

    Raises:
        CalibrateError: the process crashed, did not end, or took all the machine's memory.
    """
    hint = "is the file complete, and from a source that you trust? export it again"
    try:
        done = run_module(
            "calibrate.models.sandboxed_load", [str(path.absolute())], timeout=patience
        )
    except subprocess.TimeoutExpired as error:
        doing = _last_word(error.stdout)
        raise CalibrateError(
            f"OpenVINO was still {doing} it after {patience:.0f} s", where=str(path), hint=hint
        ) from error
    doing = _last_word(done.stdout)
    if done.returncode != 0 and doing == _LOADING:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise CalibrateError(
            f"the process that tries models does not start: {lines[-1]}",
            hint="`calibrate doctor` shows what is installed",
        )
    if done.returncode == 0 and doing == _MEMORY:
        raise CalibrateError(
            "OpenVINO needs more memory for it than this machine has", where=str(path), hint=hint
        )
    if done.returncode != 0:
        raise CalibrateError(
            f"OpenVINO crashes while {doing} it ({_end(done.returncode)})",
            where=str(path),
            hint=hint,
        )


def _last_word(output: bytes | None) -> str:
    words = (output or b"").decode(errors="replace").split()
    return words[-1] if words else _LOADING


def _end(code: int) -> str:
    if code < 0:
        return signal.strsignal(-code) or f"signal {-code}"
    return f"exit code {code}"


def attempt(path: str) -> None:
    """What the process does; each step is announced, so that the last one is known.

    Raises:
        MemoryError, RuntimeError, ValueError, TypeError: whatever OpenVINO refuses it with.
    """
    _say("reading")
    model = ov.Core().read_model(path)
    _say("compiling")
    compiled = ov.Core().compile_model(model, "CPU")
    if any(
        port.get_partial_shape().is_dynamic or np.prod(port.get_shape(), dtype=float) > _LARGEST
        for port in compiled.inputs
    ):
        return
    _say("running")
    compiled(
        [np.zeros(port.get_shape(), port.get_element_type().to_dtype()) for port in compiled.inputs]
    )


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _bound_memory() -> None:
    """Keep the process from taking the machine's memory, where the system can."""
    if sys.platform != "linux":
        return
    process = psutil.Process()
    hard = process.rlimit(psutil.RLIMIT_AS)[1]
    total = psutil.virtual_memory().total
    # A batch system may have set a lower limit, which cannot be raised again.
    most = total if hard == psutil.RLIM_INFINITY else min(total, hard)
    process.rlimit(psutil.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    _bound_memory()
    try:
        attempt(sys.argv[1])
    except MemoryError:
        _say(_MEMORY)
    except (RuntimeError, ValueError, TypeError) as error:
        if "bad_alloc" in str(error):
            _say(_MEMORY)
