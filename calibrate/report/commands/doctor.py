"""What a look at the machine found, and how the terminal shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.text import Text

from calibrate.report import numbers

Level = Literal["note", "warning", "error"]

_STYLES = {"note": "dim", "warning": "yellow", "error": "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth knowing: how grave it is, what it is, what to do."""

    level: Level
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The machine and what is wrong with it.

    Attributes:
        cpu: its name.
        instruction_set: that the CPU plugin uses.
        cores: that this process may use.
        memory_bytes: of the machine.
        available_bytes: free, the container's limit included.
        versions: of the packages that matter, by name.
        findings: the traps.
    """

    cpu: str
    instruction_set: str
    cores: int
    memory_bytes: int
    available_bytes: int
    versions: Mapping[str, str]
    findings: tuple[Finding, ...]


def render_doctor(found: DoctorReport) -> RenderableType:
    """The machine in two lines, then a line a finding with its advice."""
    versions = ", ".join(f"{name} {text}" for name, text in found.versions.items())
    lines = [
        Text(
            f"CPU: {found.cpu}, {found.instruction_set}, {found.cores} cores; memory: "
            f"{numbers.size(found.available_bytes)} free of {numbers.size(found.memory_bytes)}"
        ),
        Text(f"Versions: {versions}"),
    ]
    for finding in found.findings:
        line = Text(f"{finding.level}: ", style=_STYLES[finding.level])
        line.append(finding.message, style="not bold default")
        if finding.advice:
            line.append(f"; {finding.advice}", style="not bold default")
        lines.append(line)
    if not any(finding.level != "note" for finding in found.findings):
        lines.append(Text("Nothing stands in the way.", style="bold green"))
    if not any(finding.level == "error" for finding in found.findings):
        lines.append(Text("Next: calibrate new MODEL DATA writes a config", style="bold"))
    return Group(*lines)
