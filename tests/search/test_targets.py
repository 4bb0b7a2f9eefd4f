import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.cpu import Cpu
from calibrate.search.targets import TargetExecution, target_executions


def cpu(instruction_set: str) -> Cpu:
    return Cpu("a CPU", 2, instruction_set, "vnni" in instruction_set, 1 << 30)


@pytest.mark.parametrize(
    ("here", "target", "expected"),
    [
        ("avx2", "avx2", TargetExecution("avx2", "avx2", "here")),
        ("avx2", "sse41", TargetExecution("sse41", "sse41", "limited")),
        ("avx2", "avx512_vnni", TargetExecution("avx512_vnni", "avx512_core_vnni", "simulated")),
        ("avx2", "avx512_amx", TargetExecution("avx512_amx", "avx512_core_amx", "simulated")),
        ("avx512_core_vnni", "avx512", TargetExecution("avx512", "avx512_core", "limited")),
        ("avx512_core_vnni", "avx2", TargetExecution("avx2", "avx2", "limited")),
    ],
)
def test_how_a_target_is_tried(here, target, expected):
    assert target_executions([target], cpu(here)) == (expected,)


def test_a_saturating_cpu_above_this_one_is_refused():
    with pytest.raises(CalibrateError, match="this CPU has avx2 and cannot run avx512") as caught:
        target_executions(["sse41", "avx512"], cpu("avx2"))
    assert caught.value.where == "targets"
    assert "avx2" in caught.value.hint


def test_each_target_once():
    assert [
        execution.target for execution in target_executions(["sse41", "avx2", "sse41"], cpu("avx2"))
    ] == [
        "sse41",
        "avx2",
    ]
