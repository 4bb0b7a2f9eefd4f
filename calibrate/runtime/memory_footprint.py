"""Size of a model: bytes of its files, and memory of a process that only runs it."""

import subprocess
import sys
from pathlib import Path

from calibrate.child_process import run_module
from calibrate.errors import CalibrateError
from calibrate.models.model_files import model_files

_PATIENCE = 600


def file_bytes(path: Path) -> int:
    """Return the bytes of all files of a model, including external weights."""
    return sum(file.stat().st_size for file in model_files(path))


def peak_memory(path: Path) -> int:
    """Measure the peak resident bytes of a child process that compiles an IR and infers 3 times.

    Raises:
        CalibrateError: the child fails.
    """
    try:
        done = run_module("calibrate.runtime.memory_footprint", [str(path)], timeout=_PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise CalibrateError(
            f"the model does not run in its process within {_PATIENCE} seconds",
            where=str(path),
        ) from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise CalibrateError(
            f"the model does not run in its process: {lines[-1] if lines else 'no reason given'}",
            where=str(path),
        )
    return int(done.stdout) * 1024


def _measure(path: str) -> int:
    """Return the peak resident KiB of this process after three inferences of the model."""
    # Imported here: the peak is that of a deployment, which loads OpenVINO only.
    import openvino as ov  # noqa: PLC0415

    compiled = ov.Core().compile_model(path, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    for _ in range(3):
        request.infer()
    # Not getrusage: its peak is inherited from the parent across fork and exec.
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.stdout.write(f"{_measure(sys.argv[1])}\n")
