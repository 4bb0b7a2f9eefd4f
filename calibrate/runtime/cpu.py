"""This CPU and the instruction set that the CPU plugin uses on it."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from calibrate.core.container_limits import total_memory
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
"""oneDNN's names of instruction sets by the names used in configs."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """The machine on which measurements are made.

    Attributes:
        name: as reported by the operating system.
        cores: number that this process may use.
        instruction_set: the highest that oneDNN uses, by its name in lower case.
        vnni: whether INT8 products are summed without saturation.
        memory: bytes of main memory, or of the container's limit.
    """

    name: str
    cores: int
    instruction_set: str
    vnni: bool
    memory: int


def this_cpu() -> Cpu:
    """Return the CPU of this process, with the limit of ONEDNN_MAX_CPU_ISA applied."""
    flags = _flags()
    instructions = instruction_set(flags, os.environ.get(_ONEDNN_LIMIT, ""))
    return Cpu(
        name=_name(),
        cores=len(os.sched_getaffinity(0)),
        instruction_set=instructions,
        vnni=has_vnni(instructions),
        memory=total_memory(),
    )


def instruction_set(flags: frozenset[str], limit: str) -> str:
    """Return the highest set of the flags in /proc/cpuinfo, up to a limit in oneDNN's names."""
    highest = "sse41"
    if "avx2" in flags:
        highest = "avx2_vnni" if "avx_vnni" in flags else "avx2"
    if {"avx512f", "avx512bw", "avx512vl", "avx512dq"} <= flags:
        highest = "avx512_core"
        if "avx512_vnni" in flags:
            highest = "avx512_core_vnni"
            if "avx512_bf16" in flags:
                highest = "avx512_core_bf16"
            if "amx_int8" in flags:
                highest = "avx512_core_amx_fp16" if "amx_fp16" in flags else "avx512_core_amx"
    wanted = limit.strip().lower()
    if wanted in ("", "default", "all"):
        return highest
    return min(highest, wanted, key=rank)


def rank(name: str) -> int:
    """Return the position among instruction sets; AVX2 with VNNI ranks with AVX2."""
    base = {"avx2_vnni": "avx2", "avx2_vnni_2": "avx2", "avx": "sse41"}.get(name, name)
    return next((i for i, known in enumerate(_ORDER) if base == known), len(_ORDER))


def has_vnni(name: str) -> bool:
    """Return whether INT8 products are summed directly in 32 bits."""
    return "vnni" in name or rank(name) >= rank("avx512_core_vnni")


def default_float(name: str) -> ComputeType:
    """Return the CPU plugin's floating-point type on a CPU with an instruction set."""
    return "bf16" if rank(name) >= rank("avx512_core_bf16") else "f32"


def has_kernels(name: str, compute_type: ComputeType) -> bool:
    """Return whether a CPU with an instruction set has kernels of a floating-point type."""
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
