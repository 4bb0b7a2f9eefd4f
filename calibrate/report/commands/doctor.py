"""The report of `calibrate doctor` on a machine, and how the terminal shows it."""

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
    """One finding: its severity, its text, and advice."""

    level: Level
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The machine and its findings.

    Attributes:
        cpu: its name.
        instruction_set: that the CPU plugin uses.
        cores: that this process may use.
        memory_bytes: of the machine.
        available_bytes: free, the container's limit included.
        versions: of the packages that matter, by name.
        findings: known causes of wrong results.
    """

    cpu: str
    instruction_set: str
    cores: int
    memory_bytes: int
    available_bytes: int
    versions: Mapping[str, str]
    findings: tuple[Finding, ...]


def render_doctor(report: DoctorReport) -> RenderableType:
    """Render the machine in two lines, then each finding with its advice."""
    versions = ", ".join(f"{name} {text}" for name, text in report.versions.items())
    lines = [
        Text(
            f"CPU: {report.cpu}, {report.instruction_set}, {report.cores} cores; memory: "
            f"{numbers.size(report.available_bytes)} free of {numbers.size(report.memory_bytes)}"
        ),
        Text(f"Versions: {versions}"),
    ]
    for finding in report.findings:
        line = Text(f"{finding.level}: ", style=_STYLES[finding.level])
        line.append(finding.message, style="not bold default")
        if finding.advice:
            line.append(f"; {finding.advice}", style="not bold default")
        lines.append(line)
    if not any(finding.level != "note" for finding in report.findings):
        lines.append(Text("No problem found.", style="bold green"))
    if not any(finding.level == "error" for finding in report.findings):
        lines.append(Text("Next: calibrate new MODEL DATA writes a config", style="bold"))
    return Group(*lines)
