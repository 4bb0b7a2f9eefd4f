"""The ground truth of one of several decoders, as a table's section names it."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from calibrate.core.component import Component
from calibrate.datasets.formats.row_targets import TargetKind

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
]
"""One name, or a list of names."""


class HeadTarget(Component):
    """The ground truth of one of several decoders."""

    target: TargetKind
    """Kind of ground truth, as in `target` of the adapter."""
    target_columns: Names = Field(min_length=1)
    """The column of the ground truth; several for `values` or `labels`."""
    label_map: dict[str, int] | None = None
    """Class ids (0-based) by the word or number in the table."""
    label_offset: int = Field(default=0, ge=0)
    """The number of the first class in the table."""
