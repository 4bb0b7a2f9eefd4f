"""What a model takes: bytes of its files, and of a process that runs it and nothing else."""

import subprocess
import sys
from pathlib import Path

from calibrate.errors import CalibrateError

# The child imports openvino alone: its peak is what a deployment would see.
_CHILD = """
import sys
import openvino as ov
compiled = ov.Core().compile_model(sys.argv[1], "CPU", {"PERFORMANCE_HINT": "LATENCY"})
request = compiled.create_infer_request()
for _ in range(3):
    request.infer()
# Not getrusage: what it calls the peak is inherited from the parent across fork and exec.
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(int(line.split()[1]))
"""


_PATIENCE = 600


def file_bytes(path: Path) -> int:
    """Of all files of a model: an .xml counts with its .bin, a folder with all it holds."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    files = [path, path.with_suffix(".bin")] if path.suffix == ".xml" else [path]
    return sum(file.stat().st_size for file in files)


def peak_memory(path: Path) -> int:
    """Bytes, resident, of a child process that compiles the IR at `path` and infers three times.

    Raises:
        CalibrateError: the child fails.
    """
    try:
        run = subprocess.run(  # noqa: S603  # our own interpreter, our own script, one path
            [sys.executable, "-P", "-c", _CHILD, str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise CalibrateError(
            f"the model does not run by itself within {_PATIENCE} seconds", where=str(path)
        ) from error
    if run.returncode:
        lines = run.stderr.strip().splitlines()
        raise CalibrateError(
            f"the model does not run by itself: {lines[-1] if lines else 'no reason given'}",
            where=str(path),
        )
    return int(run.stdout) * 1024
