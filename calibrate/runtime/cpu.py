"""What this CPU is and which instruction set the CPU plugin uses on it."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from calibrate.core.precision import ComputeType

_ONEDNN_LIMIT = "ONEDNN_MAX_CPU_ISA"
_ORDER = (
    "sse41",
    "avx2",
    "avx512_core",
    "avx512_core_vnni",
    "avx512_core_bf16",
    "avx512_core_amx",
    "avx512_core_amx_fp16",
)

TARGETS = {
    "sse41": "sse41",
    "avx2": "avx2",
    "avx512": "avx512_core",
    "avx512_vnni": "avx512_core_vnni",
    "avx512_bf16": "avx512_core_bf16",
    "avx512_amx": "avx512_core_amx",
    "avx512_amx_fp16": "avx512_core_amx_fp16",
}
"""The config's words for instruction sets, with oneDNN's."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """The machine that measures.

    Attributes:
        name: as the operating system knows it.
        cores: that this process may use.
        instruction_set: the highest that oneDNN uses, its own names in lower case.
        vnni: whether INT8 products are summed without saturation.
        memory: bytes of the machine.
    """

    name: str
    cores: int
    instruction_set: str
    vnni: bool
    memory: int


def this_cpu() -> Cpu:
    """Of this process, a limit by ONEDNN_MAX_CPU_ISA included."""
    flags = _flags()
    found = instruction_set(flags, os.environ.get(_ONEDNN_LIMIT, ""))
    return Cpu(
        name=_name(),
        cores=len(os.sched_getaffinity(0)),
        instruction_set=found,
        vnni=has_vnni(found),
        memory=psutil.virtual_memory().total,
    )


def instruction_set(flags: frozenset[str], limit: str) -> str:
    """The highest set of the flags in /proc/cpuinfo, not above a limit in oneDNN's spelling."""
    found = "sse41"
    if "avx2" in flags:
        found = "avx2_vnni" if "avx_vnni" in flags else "avx2"
    if {"avx512f", "avx512bw", "avx512vl", "avx512dq"} <= flags:
        found = "avx512_core"
        if "avx512_vnni" in flags:
            found = "avx512_core_vnni"
            if "avx512_bf16" in flags:
                found = "avx512_core_bf16"
            if "amx_int8" in flags:
                found = "avx512_core_amx_fp16" if "amx_fp16" in flags else "avx512_core_amx"
    wanted = limit.strip().lower()
    if wanted in ("", "default", "all"):
        return found
    return min(found, wanted, key=rank)


def rank(name: str) -> int:
    """Position among instruction sets; AVX2 with VNNI stands with AVX2."""
    base = {"avx2_vnni": "avx2", "avx2_vnni_2": "avx2", "avx": "sse41"}.get(name, name)
    return next((i for i, known in enumerate(_ORDER) if base == known), len(_ORDER))


def has_vnni(name: str) -> bool:
    """Whether INT8 products are summed in 32 bits at once."""
    return "vnni" in name or rank(name) >= rank("avx512_core_vnni")


def default_float(name: str) -> ComputeType:
    """What the CPU plugin computes floating point in on a CPU with an instruction set."""
    return "bf16" if rank(name) >= rank("avx512_core_bf16") else "f32"


def has_kernels(name: str, compute_type: ComputeType) -> bool:
    """Whether a CPU with an instruction set has kernels of a floating-point type."""
    least = {"f32": "sse41", "bf16": "avx512_core_bf16", "f16": "avx512_core_amx_fp16"}
    return rank(name) >= rank(least[compute_type])


def _flags() -> frozenset[str]:
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return frozenset()
    for line in path.read_text().splitlines():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def _name() -> str:
    path = Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
