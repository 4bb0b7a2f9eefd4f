import pytest

from calibrate.runtime.cpu import (
    default_float,
    has_kernels,
    has_vnni,
    instruction_set,
    rank,
    this_cpu,
)

AVX512 = {"avx2", "avx512f", "avx512bw", "avx512vl", "avx512dq"}


@pytest.mark.parametrize(
    ("flags", "limit", "expected"),
    [
        (set(), "", "sse41"),
        ({"avx2"}, "", "avx2"),
        ({"avx2", "avx_vnni"}, "", "avx2_vnni"),
        (AVX512, "", "avx512_core"),
        (AVX512 - {"avx512dq"}, "", "avx2"),
        (AVX512 | {"avx512_vnni"}, "", "avx512_core_vnni"),
        (AVX512 | {"avx512_vnni", "amx_int8"}, "", "avx512_core_amx"),
        (AVX512 | {"avx512_vnni", "avx512_bf16"}, "", "avx512_core_bf16"),
        (AVX512 | {"avx512_vnni", "avx512_bf16", "amx_int8"}, "", "avx512_core_amx"),
        (
            AVX512 | {"avx512_vnni", "avx512_bf16", "amx_int8", "amx_fp16"},
            "",
            "avx512_core_amx_fp16",
        ),
        (AVX512 | {"avx512_vnni", "avx512_bf16"}, "AVX512_CORE_VNNI", "avx512_core_vnni"),
        (AVX512 | {"avx512_vnni"}, "SSE41", "sse41"),
        (AVX512 | {"avx512_vnni"}, "AVX2", "avx2"),
        (AVX512 | {"avx512_vnni"}, "AVX512_CORE", "avx512_core"),
        (AVX512 | {"avx512_vnni"}, "DEFAULT", "avx512_core_vnni"),
        ({"avx2"}, "AVX512_CORE_VNNI", "avx2"),  # a limit is no gift
        ({"avx2"}, " avx2 ", "avx2"),
        ({"avx2"}, "nonsense", "avx2"),
    ],
)
def test_instruction_sets(flags, limit, expected):
    assert instruction_set(frozenset(flags), limit) == expected


@pytest.mark.parametrize(
    ("name", "saturates"),
    [
        ("sse41", True),
        ("avx2", True),
        ("avx512_core", True),
        ("avx2_vnni", False),
        ("avx512_core_vnni", False),
        ("avx512_core_bf16", False),
        ("avx512_core_amx", False),
        ("avx512_core_amx_fp16", False),
    ],
)
def test_who_saturates(name, saturates):
    assert has_vnni(name) is not saturates


def test_ranks_rise():
    order = ["sse41", "avx2", "avx512_core", "avx512_core_vnni", "avx512_core_bf16"]
    order += ["avx512_core_amx", "avx512_core_amx_fp16"]
    assert [rank(name) for name in order] == sorted({rank(name) for name in order})
    assert rank("avx2_vnni") == rank("avx2")


def test_this_cpu_obeys_the_limit(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    result = this_cpu()
    assert (result.instruction_set, result.vnni) == ("sse41", False)
    assert result.name
    assert result.cores >= 1
    assert result.memory > 1 << 20


@pytest.mark.parametrize(
    ("name", "default", "bf16", "f16"),
    [
        ("avx2", "f32", False, False),
        ("avx512_core_vnni", "f32", False, False),
        ("avx512_core_bf16", "bf16", True, False),
        ("avx512_core_amx", "bf16", True, False),
        ("avx512_core_amx_fp16", "bf16", True, True),
    ],
)
def test_floating_point_of_instruction_sets(name, default, bf16, f16):
    assert default_float(name) == default
    assert (has_kernels(name, "bf16"), has_kernels(name, "f16")) == (bf16, f16)
    assert has_kernels(name, "f32")
