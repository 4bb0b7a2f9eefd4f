"""A process that tries mutants of a model file, each in a fork, and says how the attempts ended.

It is run as a script. First a fork does what the process of `calibrate.models.sandboxed_load` does,
then, unless that crashed, another does with the model what a run does before it measures. A fork
needs no new interpreter, so thousands of files are tried in minutes; for that nothing here may
start OpenVINO before it forks.
"""

import json
import os
import random
import resource
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mutants
import numpy as np

from calibrate.core.costs import Costs
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare
from calibrate.models.read import read_model
from calibrate.models.sandboxed_load import attempt
from calibrate.runtime.inference import LATENCY, Network

SECONDS = 60
WEIGHTS = (".bin", ".data")
"""Suffixes of the file with the weights, of an IR and of an ONNX file with external data."""
MEMORY = 8 << 30
FINE, REFUSED, TRACEBACK, TOO_LARGE = 0, 10, 11, 12
WORDS = {FINE: "fine", REFUSED: "refused", TRACEBACK: "traceback", TOO_LARGE: "too-large"}


def tried(path: Path) -> int:
    try:
        attempt(str(path))
    except MemoryError:
        return REFUSED
    except (RuntimeError, ValueError, TypeError):
        return FINE  # met again below, where it has to be an error that users understand
    return FINE


def used(path: Path) -> int:
    """Read, plan, prepare, compile, infer: what a run does before it knows a measurement."""
    try:
        model = read_model(path)
        plans = plan_inputs(model, {})
        plans = tuple(
            replace(plan, shape=tuple(1 if size < 0 else size for size in plan.shape))
            for plan in plans
        )
        if sum(np.prod(plan.shape, dtype=float) for plan in plans) > 1e8:
            return TOO_LARGE
        prepared = prepare(model, plans)
        inputs = tuple(np.zeros(plan.shape, plan.dtype) for plan in plans)
        count = len(inputs[0])
        tensors = Tensors(inputs, tuple(Facts(str(i)) for i in range(count)), ("",) * count)
        network = Network(prepared.model, Costs(lambda: 0.0), LATENCY)
        network.run(tensors, range(count), lambda *_: None)
    except CalibrateError:
        return REFUSED
    return FINE


def in_a_fork(work: Callable[[Path], int], path: Path) -> str:
    child = os.fork()
    if child == 0:
        code = TRACEBACK
        try:
            signal.alarm(SECONDS)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            code = work(path)
        except BaseException as error:  # noqa: BLE001  # whatever it is, users would see it
            sys.stderr.write(f"{path}: {type(error).__name__}: {error}\n")
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "hang" if os.WTERMSIG(status) == signal.SIGALRM else "crash"
    return WORDS.get(os.WEXITSTATUS(status), "crash")


def main(original: str, kind: str, seed: str, count: str, folder: str) -> None:
    """Try `count` mutants of a file; write how often an attempt ended how, as JSON."""
    # What a library prints must not come between.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    source, chance, ends = Path(original), random.Random(f"{kind} {seed}"), Counter[str]()
    target = Path(folder) / source.name
    for number in range(int(count)):
        weights = [source.with_suffix(suffix) for suffix in WEIGHTS]
        for file in (source, *weights):
            if file.exists():
                shutil.copy(file, target.with_suffix(file.suffix))
        beside = next((file.suffix for file in weights if file.exists()), "")
        changed = target.with_suffix(beside) if kind == "weights" else target
        changed.write_bytes(mutants.KINDS[kind](changed.read_bytes(), chance))
        first = in_a_fork(tried, target)
        end = in_a_fork(used, target) if first == "fine" else f"kept away, {first}"
        ends[end] += 1
        if end in ("crash", "hang", "traceback"):
            kept = Path(folder) / f"{kind}-{seed}-{number}-{end}"
            kept.mkdir()
            for file in (target, *map(target.with_suffix, WEIGHTS)):
                if file.exists():
                    shutil.copy(file, kept)
    answers.write(json.dumps(ends))
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
