"""`calibrate doctor`: find properties of this machine that distort a calibration or timings."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

import psutil
from packaging.requirements import Requirement

from calibrate.core.container_limits import container_limits, free_memory
from calibrate.core.resource_errors import MAPPED_BY_A_RUN, soft_limit
from calibrate.report.commands.doctor import DoctorReport, Finding, Level
from calibrate.runtime.cpu import Cpu, this_cpu
from calibrate.runtime.machine_load import BUSY, LoadMeter
from calibrate.runtime.memory_limit import LEAST
from calibrate.version import DISTRIBUTION, __version__

_LOW_MEMORY = 2 << 30
_FEW_FILES = 256
_FEW_THREADS = 64
"""Threads of a run with its helper processes, beside one for each core."""
_LOAD_SECONDS = 0.5
"""Seconds for which the load is measured: the clock of processor times ticks every hundredth."""
_SHOWN = ("openvino", "nncf", "numpy")
_DECISIVE = ("openvino", "nncf")


@dataclass(frozen=True, slots=True)
class Machine:
    """The inspected properties of a machine.

    Attributes:
        cpu: the CPU as the CPU plugin detects it.
        all_cores: number of cores of the machine.
        quota: cores' worth of time that the container may use, None without a limit.
        available: bytes of memory that are free, the container's limit included.
        others: share of the processors that other processes take, 0-1.
        limit: `ONEDNN_MAX_CPU_ISA`, empty if not set.
        address_space: bytes that this process may map (`ulimit -v`), None without a limit.
        open_files: files that it may open (`ulimit -n`), None without a limit.
        threads: processes and threads of this user (`ulimit -u`), None without a limit.
    """

    cpu: Cpu
    all_cores: int
    quota: float | None
    available: int
    others: float
    limit: str
    address_space: int | None = None
    open_files: int | None = None
    threads: int | None = None


def diagnose() -> DoctorReport:
    """Inspect this machine."""
    machine = this_machine()
    versions = {"calibrate": __version__, **{name: _version(name) for name in _SHOWN}}
    requirements = requires(DISTRIBUTION) or []
    cpu = machine.cpu
    return DoctorReport(
        cpu=cpu.name,
        instruction_set=cpu.instruction_set,
        cores=cpu.cores,
        memory_bytes=cpu.memory,
        available_bytes=machine.available,
        versions=versions,
        findings=(*traps(machine), *version_findings(requirements, _versions(requirements))),
    )


def this_machine() -> Machine:
    """Return the properties of this machine."""
    return Machine(
        cpu=this_cpu(),
        all_cores=psutil.cpu_count() or 1,
        quota=container_limits().cores,
        available=free_memory(),
        others=_others(),
        limit=os.environ.get("ONEDNN_MAX_CPU_ISA", ""),
        address_space=soft_limit("RLIMIT_AS"),
        open_files=soft_limit("RLIMIT_NOFILE"),
        threads=soft_limit("RLIMIT_NPROC"),
    )


def _others() -> float:
    """Return the share of the processors that other processes take, as a run measures it."""
    meter = LoadMeter()
    time.sleep(_LOAD_SECONDS)
    return meter.read([1.0]).others


def traps(machine: Machine) -> tuple[Finding, ...]:
    """Return the known causes of wrong results on a machine, with advice."""
    cpu, findings = machine.cpu, []
    if not cpu.vnni:
        findings.append(
            Finding(
                "warning",
                f"{cpu.instruction_set} sums INT8 products in 16 bits, which can saturate and "
                "cost accuracy; with VNNI they are summed in 32",
                "list the other CPUs that will run the model in `targets`, or verify it on them "
                "with `calibrate verify`",
            )
        )
    if machine.limit.strip().lower() not in ("", "default", "all"):
        findings.append(
            Finding(
                "warning",
                f"ONEDNN_MAX_CPU_ISA={machine.limit} limits the CPU plugin to fewer instructions",
                "unset it, unless another CPU is to be tried",
            )
        )
    if machine.quota is not None and machine.quota < cpu.cores:
        findings.append(
            Finding(
                "warning",
                f"the container may use {machine.quota:g} cores' worth of time, and OpenVINO "
                f"uses {cpu.cores} cores: threads are paused in turn, so latencies vary",
                "give the container whole cores (cpuset) or `--threads` to benchmark",
            )
        )
    if cpu.cores < machine.all_cores:
        findings.append(
            Finding("note", f"this process may use {cpu.cores} of {machine.all_cores} cores", "")
        )
    if machine.available < LEAST:
        findings.append(
            Finding(
                "error",
                f"{machine.available >> 20} MiB of memory are free, and the run of a tiny model "
                f"needs at least {LEAST >> 20} MiB",
                "free memory, or give the container or batch job more",
            )
        )
    elif machine.available < _LOW_MEMORY:
        findings.append(
            Finding(
                "warning",
                f"{machine.available / 2**30:.1f} GiB of memory are free",
                "set search.memory_limit, so that images are kept on disk",
            )
        )
    findings.extend(_limits(machine))
    if machine.others > BUSY:
        findings.append(
            Finding(
                "warning",
                f"the machine is busy: other processes take {100 * machine.others:.0f} % of its "
                "processors",
                "times measured now are uncertain, and a run does not keep them for other runs; "
                "wait, or measure them again later with `calibrate run --retime`",
            )
        )
    return tuple(findings)


def _limits(machine: Machine) -> list[Finding]:
    """Return process limits that OpenVINO reaches before the memory is exhausted."""
    findings = []
    if machine.address_space is not None and machine.address_space < machine.cpu.memory:
        needed = f"the run of a tiny model maps up to {MAPPED_BY_A_RUN / 2**30:.0f} GiB"
        findings.append(
            Finding(
                "error" if machine.address_space < MAPPED_BY_A_RUN else "warning",
                f"this process may map {machine.address_space / 2**30:.2g} GiB (`ulimit -v`), less "
                f"than the machine's memory; {needed}, larger ones several times what they use",
                "raise the limit, or ask the batch system for more (h_vmem, --mem)",
            )
        )
    if machine.threads is not None and machine.threads < machine.cpu.cores + _FEW_THREADS:
        findings.append(
            Finding(
                "warning",
                f"this user may have {machine.threads} processes and threads in all (`ulimit -u`)",
                f"raise the limit to {machine.cpu.cores + _FEW_THREADS} or more",
            )
        )
    if machine.open_files is not None and machine.open_files < _FEW_FILES:
        findings.append(
            Finding(
                "warning",
                f"this process may open {machine.open_files} files (`ulimit -n`)",
                f"raise the limit to {_FEW_FILES} or more",
            )
        )
    return findings


def version_findings(
    wanted: Sequence[str], installed: Mapping[str, str | None]
) -> tuple[Finding, ...]:
    """Return findings on packages that are missing or outside the tested versions.

    Args:
        wanted: requirements as in package metadata; those of extras are skipped.
        installed: versions by name, None for a missing package.
    """
    findings = []
    for text in wanted:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        installed_version = installed.get(requirement.name)
        advice = f"pip install '{requirement.name}{requirement.specifier}'"
        if installed_version is None:
            findings.append(Finding("error", f"{requirement.name} is not installed", advice))
        elif not requirement.specifier.contains(installed_version, prereleases=True):
            message = (
                f"{requirement.name} {installed_version} is outside of {requirement.specifier}"
            )
            level: Level = "error" if requirement.name in _DECISIVE else "warning"
            findings.append(Finding(level, message, advice))
    return tuple(findings)


def worst(findings: Sequence[Finding]) -> Level:
    """Return the most severe level among findings; `note` if there are none."""
    levels = [finding.level for finding in findings]
    if "error" in levels:
        return "error"
    return "warning" if "warning" in levels else "note"


def _versions(wanted: Sequence[str]) -> dict[str, str | None]:
    names = [Requirement(text).name for text in wanted]
    return {name: _version(name) or None for name in names}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
