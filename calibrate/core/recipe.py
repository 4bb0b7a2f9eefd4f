"""A way to quantize: what it changes of the defaults, and why it is worth trying."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RECIPE_IMAGES = 64
"""On which recipes are compared; the divergence is paired, so few tell them apart."""

RECIPE_CALIBRATION = 100
"""Calibration images of further recipes; more made no difference on the models measured."""

CORRECTION_INFERENCES = 32
"""That a correction by the kernels makes at most; a mean over all positions needs few."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Changes to the `quantization` section; what the user pinned there wins over them.

    Attributes:
        name: short, used as the name of the INT8 variant that it makes.
        changes: field of the `quantization` section to its value.
        reason: which damage it cures, one clause, shown in the report.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reason: str = ""
