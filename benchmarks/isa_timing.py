"""Time IRs in turn in a process that is held to an instruction set.

    ONEDNN_MAX_CPU_ISA=AVX2 python benchmarks/isa_timing.py 3 fp32=f32:fp32.xml int8=f32:int8.xml

oneDNN reads the limit when it is loaded, so that each instruction set needs a process. Inputs are
normal noise. Prints JSON: latency, throughput and ratios against the first model, with spread.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import ComputeType
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.runtime.benchmark import Settings, compare
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.timing_effort import Effort

SAMPLES = 4

Models = Mapping[str, tuple[ComputeType, Path]]
"""IRs and what each computes floating point in, by name; the first is the reference."""


def time_under(instruction_set: str, models: Models, seconds: float) -> dict[str, Any]:
    """Time models in a process of their own.

    Args:
        instruction_set: oneDNN's name in lower case.
        models: what to time.
        seconds: about how long on a quiet machine, compilations not counted.
    """
    named = [f"{name}={kind}:{path}" for name, (kind, path) in models.items()]
    done = subprocess.run(
        [sys.executable, __file__, str(seconds), *named],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": instruction_set.upper()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"timing under {instruction_set} fails:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def timed(models: Models, seconds: float) -> dict[str, Any]:
    """Times of the models in this process."""
    core = ov.Core()
    read = {name: core.read_model(path) for name, (_, path) in models.items()}
    tensors = {name: noise(model) for name, model in read.items()}
    settings = Settings(types={name: kind for name, (kind, _) in models.items()})
    effort = Effort(seconds, rounds=5, patience=1.5)
    compared = compare(read, tensors, Costs(time.perf_counter), effort=effort, settings=settings)
    first = next(iter(compared.timings.values()))
    return {
        "instruction_set": this_cpu().instruction_set,
        "others": compared.conditions.others,
        "drift": compared.conditions.drift,
        "models": {
            name: {
                "latency_ms": timing.latency_ms,
                "speedup": timing.speedup,
                "interval": timing.interval,
                "quartiles": statistics.quantiles(timing.ratios, n=4),
                "throughput": timing.throughput,
                "throughput_ratio": timing.throughput / first.throughput,
            }
            for name, timing in compared.timings.items()
        },
    }


def noise(model: ov.Model) -> Tensors:
    """Normal noise for the inputs of a static model, or 0-255 where they are integers."""
    random = np.random.default_rng(0)
    inputs = []
    for port in model.inputs:
        shape = [SAMPLES, *list(port.get_shape())[1:]]
        dtype = port.get_element_type().to_dtype()
        values = random.normal(0, 0.5, shape)
        inputs.append((values if dtype.kind == "f" else np.abs(values) * 128).astype(dtype))
    facts = tuple(Facts(f"noise {number}") for number in range(SAMPLES))
    return Tensors(tuple(inputs), facts, tuple(map(str, range(SAMPLES))))


def parsed(arguments: Sequence[str]) -> Models:
    """Models from `name=type:path`."""
    models = {}
    for argument in arguments:
        name, rest = argument.split("=", 1)
        kind, path = rest.split(":", 1)
        models[name] = (cast("ComputeType", kind), Path(path))
    return models


if __name__ == "__main__":
    print(json.dumps(timed(parsed(sys.argv[2:]), float(sys.argv[1]))))
