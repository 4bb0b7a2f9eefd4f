"""A proposed config, and the sections that all proposals share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.commands.new.guess_task import TaskGuess

_FEW_SAMPLES = 300


@dataclass(frozen=True, slots=True)
class Proposal:
    """A config, and the reason for each part of it.

    Attributes:
        content: its sections, with absolute paths.
        reasons: reasons by section.
        doubts: parts that the user has to check, a sentence each.
    """

    content: Mapping[str, Any]
    reasons: Mapping[str, str]
    doubts: tuple[str, ...]


def model_section_of(path: Path, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section `model`."""
    return {"path": path.absolute(), **({"inputs": dict(inputs)} if inputs else {})}


def base_sections(
    model: Mapping[str, Any], data: DataGuess, task: TaskGuess, samples: int
) -> dict[str, Any]:
    """Return the sections of a config but for preprocessing and decoder.

    Args:
        model: section of the model.
        data: layout of the data.
        task: task of the model.
        samples: number of samples that are drawn.
    """
    return {
        "model": model,
        "dataset": {"adapter": data.adapter, "subsample_size": samples},
        "metrics": list(task.metrics),
        "budget": {"max_drop": 0.01},
    }


def sample_count(data: DataGuess) -> int:
    """Return the number of samples of a layout."""
    return len(build_adapter(data.adapter).items())


def doubts_of_count(count: int) -> tuple[str, ...]:
    """Return a doubt where so few samples can hardly support a verdict."""
    few = count < _FEW_SAMPLES
    return (f"{count} samples are few: a verdict needs a few hundred.",) if few else ()
