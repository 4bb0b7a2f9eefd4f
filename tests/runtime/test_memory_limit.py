import subprocess

import numpy as np
import openvino as ov
import psutil
import pytest
from openvino import opset13 as ops

from calibrate.child_process import start_module
from calibrate.core.progress import CheckedProgress, NoProgress
from calibrate.errors import CalibrateError
from calibrate.runtime.memory_limit import (
    MemoryGuard,
    NeededMemory,
    needed_memory,
    require_memory,
    tree_memory,
)

MIB = 1 << 20


def product(rows: int) -> ov.Model:
    given = ops.parameter([-1, 1024], np.float32)
    weights = ops.constant(np.zeros((1024, rows), np.float32))
    return ov.Model([ops.matmul(given, weights, False, False)], [given], "product")


def test_child_processes_count():
    before = tree_memory()
    with start_module(
        "calibrate", ["list", "metrics"], streams={"stdout": subprocess.DEVNULL}
    ) as child:
        process = psutil.Process(child.pid)
        while process.is_running() and process.memory_info().rss < 10 * MIB:
            pass
        assert tree_memory() > before + 5 * MIB


def test_each_weight_counts_several_times():
    small, large = needed_memory(product(1)), needed_memory(product(8 * 1024))
    # 32 MiB more, each in source, prepared model, variants, compiled models and a helper process.
    assert large.likely - small.likely > 5 * 32 * MIB
    # A run is refused for what it takes for certain only.
    assert large.least - small.least < 3 * 32 * MIB


def test_open_dimensions_count_with_the_shape_of_a_sample():
    opened, bound = product(1024), product(1024)
    bound.reshape([2**14, 1024])
    assert needed_memory(bound).least > needed_memory(opened).least + 50 * MIB


@pytest.mark.parametrize(
    ("least", "likely", "limit", "room"),
    [(300, 400, 300, 0), (300, 400, 400, 0), (300, 400, 1000, 600)],
)
def test_what_is_left_for_samples(least, likely, limit, room):
    assert require_memory(NeededMemory(least * MIB, likely * MIB), limit) <= room * MIB


def test_a_limit_below_the_need_is_an_error_before_any_work():
    with pytest.raises(CalibrateError) as error:
        require_memory(NeededMemory(400 * MIB + 1, 500 * MIB), 400)
    assert error.value.where == "search.memory_limit"
    assert error.value.message == (
        "this run needs at least 401 MiB with its helper processes, more than the limit of 400 MiB"
    )
    assert error.value.hint.startswith("allow 500 MiB")


@pytest.mark.parametrize(("taken", "fails"), [(300 * MIB, False), (300 * MIB + 1, True)])
def test_a_run_that_takes_more_ends(taken, fails):
    progress = CheckedProgress(NoProgress(), MemoryGuard(300, lambda: taken).check)
    if not fails:
        progress.stage("Measuring FP32")
        return
    with pytest.raises(CalibrateError, match="take 301 MiB, more than the limit of 300 MiB"):
        progress.advance()


def test_the_memory_is_looked_at_twice_a_second():
    looks, now = [], [0.0]
    guard = MemoryGuard(300, lambda: looks.append(now[0]) or 0, lambda: now[0])
    for hundredth in range(150):
        now[0] = hundredth / 100
        guard.check()
    assert looks == [0.0, 0.5, 1.0]
    MemoryGuard(None, lambda: looks.append(-1) or 0).check()
    assert len(looks) == 3
