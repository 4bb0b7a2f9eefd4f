"""Inference in a child process whose CPU plugin is limited to a lower instruction set."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import openvino as ov
from numpy.lib import format as npy
from numpy.typing import NDArray

from calibrate.child_process import start_module
from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.temporary import temporary_folder
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.models.openvino_errors import error_reason
from calibrate.runtime.inference import LATENCY, chunks, input_shapes, output_names, rows
from calibrate.runtime.inference_precision import with_precision

_LIMIT = "ONEDNN_MAX_CPU_ISA"

_PATIENCE = 600.0
"""Timeout of one inference in seconds, the compilation before the first included."""


class IsaLimitedNetwork:
    """A model in a child process, under a limit that has to be set before OpenVINO loads.

    Args:
        model: with static inputs.
        instruction_set: oneDNN's name, not above this CPU's instruction set.
        costs: where compilations and inferences are counted.
        compute_type: the type that floating point is computed in.
    """

    def __init__(
        self,
        model: ov.Model,
        instruction_set: str,
        costs: Costs,
        compute_type: ComputeType = "f32",
    ) -> None:
        self._model = model
        self._compute_type = compute_type
        self._set = instruction_set
        self._costs = costs

    def run(
        self,
        tensors: Tensors,
        indices: Sequence[int],
        sink: Callable[[int, Outputs], None],
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """See `Network.run`; one inference at a time, on all cores.

        Raises:
            CalibrateError: the process ends early, for instance at an unknown instruction.
        """
        batch = tensors.batch(input_shapes(self._model))
        names, split = output_names(self._model), rows(self._model, batch)
        with temporary_folder() as folder:
            path = Path(folder) / "model.xml"
            ov.save_model(self._model, path, compress_to_fp16=False)
            complaints = (Path(folder) / "stderr").open("w+b")
            with (
                complaints,
                start_module(
                    "calibrate.runtime.isa_limited",
                    [str(path), self._compute_type],
                    environment={_LIMIT: self._set.upper()},
                    streams={
                        "stdin": subprocess.PIPE,
                        "stdout": subprocess.PIPE,
                        "stderr": complaints,
                    },
                ) as child,
            ):
                try:
                    self._costs.spend(compilations=1)
                    for chunk in chunks(indices, batch):
                        if stop():
                            break
                        feed = tensors.feed(chunk, batch)
                        try:
                            arrays = _in_time(child, feed, len(names))
                        except (OSError, EOFError, ValueError) as error:
                            raise self._ended(child, complaints) from error
                        self._costs.spend(inferences=1)
                        for row, index in enumerate(chunk):
                            outputs = split(arrays, row)
                            sink(index, dict(zip(names, outputs, strict=True)))
                    child.communicate()
                finally:
                    child.kill()  # no effect if it has ended

    def _ended(self, child: "subprocess.Popen[bytes]", complaints: IO[bytes]) -> CalibrateError:
        """Return the error of a process that gave no answer, with its stderr."""
        child.kill()
        child.wait()
        complaints.seek(0)
        text = complaints.read().decode(errors="replace")
        why = error_reason(RuntimeError(text)) if text.strip() else "it said nothing"
        return CalibrateError(
            f"the process that runs the model as {self._set} does ended with "
            f"{child.returncode}: {why}",
            where="targets",
            hint=f"does `{_LIMIT}={self._set.upper()} benchmark_app -d CPU` run it?",
        )


def _in_time(
    child: "subprocess.Popen[bytes]", feed: dict[int, NDArray[Any]], outputs: int
) -> list[NDArray[Any]]:
    """Return the answer to one request; kill a process that gives none in time."""
    watch = threading.Timer(_PATIENCE, child.kill)
    watch.daemon = True
    watch.start()
    try:
        return _ask(child, feed, outputs)
    finally:
        watch.cancel()


def _ask(
    child: "subprocess.Popen[bytes]", feed: dict[int, NDArray[Any]], outputs: int
) -> list[NDArray[Any]]:
    """Run one inference in the child."""
    if child.stdin is None or child.stdout is None:
        raise EOFError("the process has no pipes")
    child.stdin.write(json.dumps(list(feed)).encode() + b"\n")
    for array in feed.values():
        _write(child.stdin, array)
    child.stdin.flush()
    return [_read(child.stdout) for _ in range(outputs)]


def _write(stream: IO[bytes], array: NDArray[Any]) -> None:
    """Write an array after its length: NumPy itself would seek, which a pipe cannot."""
    packed = io.BytesIO()
    npy.write_array(packed, array, allow_pickle=False)
    stream.write(packed.tell().to_bytes(8, "little"))
    stream.write(packed.getbuffer())


def _read(stream: IO[bytes]) -> NDArray[Any]:
    """Read an array that `_write` wrote."""
    size = stream.read(8)
    if len(size) < 8:
        raise EOFError("the other process has ended")
    packed = io.BytesIO(stream.read(int.from_bytes(size, "little")))
    array: NDArray[Any] = npy.read_array(packed, allow_pickle=False)
    return array


def serve(path: str, compute_type: ComputeType, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer inference requests until the input ends.

    Args:
        path: of the IR.
        compute_type: the type that floating point is computed in.
        requests: for each inference a line of JSON with the keys of its inputs, and their arrays.
        answers: receives the arrays of all outputs, in order.
    """
    compiled = ov.Core().compile_model(path, "CPU", with_precision(LATENCY, compute_type))
    request = compiled.create_infer_request()
    while line := requests.readline():
        for key in json.loads(line):
            array = _read(requests)
            request.set_input_tensor(key, ov.Tensor(np.asarray(array, order="C")))
        request.infer()
        for tensor in request.output_tensors:
            _write(answers, np.asarray(tensor.data))
        answers.flush()


if __name__ == "__main__":
    # Library output on stdout must not mix with the arrays.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.argv[1], cast("ComputeType", sys.argv[2]), sys.stdin.buffer, answers)
