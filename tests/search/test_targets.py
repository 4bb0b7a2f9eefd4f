import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.cpu import Cpu
from calibrate.search.targets import TargetExecution, target_executions


def cpu(instruction_set: str) -> Cpu:
    return Cpu("a CPU", 2, instruction_set, "vnni" in instruction_set, 1 << 30)


@pytest.mark.parametrize(
    ("here", "target", "instruction_set", "how", "compute_type"),
    [
        ("avx2", "avx2", "avx2", "here", "f32"),
        ("avx2", "sse41", "sse41", "limited", "f32"),
        ("avx2", "avx512_vnni", "avx512_core_vnni", "simulated", "f32"),
        ("avx2", "avx512_bf16", "avx512_core_bf16", "simulated", "bf16"),
        ("avx2", "avx512_amx", "avx512_core_amx", "simulated", "bf16"),
        ("avx512_core_vnni", "avx512", "avx512_core", "limited", "f32"),
        ("avx512_core_vnni", "avx2", "avx2", "limited", "f32"),
        ("avx512_core_bf16", "avx512_bf16", "avx512_core_bf16", "here", "bf16"),
        ("avx512_core_bf16", "avx512_vnni", "avx512_core_vnni", "limited", "f32"),
        ("avx512_core_amx", "avx512_bf16", "avx512_core_bf16", "limited", "bf16"),
        ("avx512_core_amx", "avx512_amx_fp16", "avx512_core_amx_fp16", "simulated", "bf16"),
    ],
)
def test_how_a_target_is_tried(here, target, instruction_set, how, compute_type):
    expected = TargetExecution(target, instruction_set, how, compute_type)
    assert target_executions([target], cpu(here)) == (expected,)


@pytest.mark.parametrize(
    ("setting", "target", "expected"),
    [
        ("f32", "avx512_amx", "f32"),
        ("bf16", "avx512_amx", "bf16"),
        ("bf16", "avx512_vnni", "f32"),  # it has no such kernels, so OpenVINO runs FP32
        ("f16", "avx512_amx", "f32"),
        ("f16", "avx512_amx_fp16", "f16"),
    ],
)
def test_floating_point_on_a_target(setting, target, expected):
    (execution,) = target_executions([target], cpu("avx2"), setting)
    assert execution.compute_type == expected


def test_a_saturating_cpu_above_this_one_is_refused():
    with pytest.raises(CalibrateError, match="this CPU has avx2 and cannot run avx512") as caught:
        target_executions(["sse41", "avx512"], cpu("avx2"))
    assert caught.value.where == "targets"
    assert "avx2" in caught.value.hint


def test_a_worker_that_has_the_instruction_set_is_used_instead_of_simulating():
    elsewhere = {"avx2", "avx512_core", "avx512_core_vnni"}
    targets = ["sse41", "avx512", "avx512_vnni", "avx512_amx"]
    executions = target_executions(targets, cpu("avx2"), elsewhere=elsewhere)
    assert [e.how for e in executions] == ["limited", "worker", "worker", "simulated"]


def test_each_target_once():
    assert [
        execution.target for execution in target_executions(["sse41", "avx2", "sse41"], cpu("avx2"))
    ] == [
        "sse41",
        "avx2",
    ]
