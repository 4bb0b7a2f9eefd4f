import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.cpu import Cpu
from calibrate.search.targets import Way, ways


def cpu(instruction_set: str) -> Cpu:
    return Cpu("a CPU", 2, instruction_set, "vnni" in instruction_set, 1 << 30)


@pytest.mark.parametrize(
    ("here", "target", "expected"),
    [
        ("avx2", "avx2", Way("avx2", "avx2", "here")),
        ("avx2", "sse41", Way("sse41", "sse41", "limited")),
        ("avx2", "avx512_vnni", Way("avx512_vnni", "avx512_core_vnni", "simulated")),
        ("avx2", "avx512_amx", Way("avx512_amx", "avx512_core_amx", "simulated")),
        ("avx512_core_vnni", "avx512", Way("avx512", "avx512_core", "limited")),
        ("avx512_core_vnni", "avx2", Way("avx2", "avx2", "limited")),
    ],
)
def test_how_a_target_is_tried(here, target, expected):
    assert ways([target], cpu(here)) == (expected,)


def test_a_saturating_cpu_above_this_one_is_refused():
    with pytest.raises(CalibrateError, match="this CPU has avx2 and cannot run avx512") as caught:
        ways(["sse41", "avx512"], cpu("avx2"))
    assert caught.value.where == "targets"
    assert "avx2" in caught.value.hint


def test_each_target_once():
    assert [way.target for way in ways(["sse41", "avx2", "sse41"], cpu("avx2"))] == [
        "sse41",
        "avx2",
    ]
