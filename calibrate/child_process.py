"""Run a module of this package in a child process: the only place that starts processes.

Every child has OpenVINO's telemetry switched off (importing `calibrate` does that), ends when its
parent ends for any reason, and leaves no core dump. Run as a module, this file is the entry point
of such a child.
"""

import ctypes
import os
import resource
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
"""`prctl(2)`: the signal that the kernel sends to this process when its parent ends."""


def start_module(
    module: str,
    arguments: Sequence[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
    streams: Mapping[str, int | IO[Any]] | None = None,
    new_session: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start `python -m module` as a child.

    The calling thread has to live as long as the child: the kernel treats the end of the thread
    as the end of the parent.

    Args:
        module: a module of this package that can be run, or `calibrate` for the command.
        arguments: arguments after the module's name.
        environment: variables added to the environment of this process.
        streams: `stdin`, `stdout`, `stderr` as `subprocess.Popen` takes them; inherited by default.
        new_session: whether signals of the terminal, such as Ctrl-C, do not reach it.
    """
    # `-P`: nothing is imported from the folder that the user stands in.
    command = [sys.executable, "-P", "-m", __name__, str(os.getpid()), module, *arguments]
    streams = streams or {}
    return subprocess.Popen(  # noqa: S603  # our own interpreter and our own modules
        command,
        env={**os.environ, **(environment or {})},
        stdin=streams.get("stdin"),
        stdout=streams.get("stdout"),
        stderr=streams.get("stderr"),
        start_new_session=new_session,
    )


def run_module(
    module: str, arguments: Sequence[str], *, timeout: float
) -> "subprocess.CompletedProcess[bytes]":
    """Run `python -m module` to its end with captured output and empty input.

    Raises:
        subprocess.TimeoutExpired: it did not end within `timeout` seconds and was killed; `output`
            contains its output so far.
    """
    streams = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    with start_module(module, arguments, streams=streams) as child:
        try:
            output, errors = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            child.kill()
            error.output, error.stderr = child.communicate()
            raise
        finally:
            child.kill()  # nothing happens where it has ended
    return subprocess.CompletedProcess(child.args, child.returncode, output, errors)


def end_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends; exit now if it already has.

    Args:
        parent: process id of the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _begin(parent: str, module: str, *arguments: str) -> None:
    end_with_parent(int(parent))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _begin(*sys.argv[1:])
