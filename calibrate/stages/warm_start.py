"""The choice of layers of an earlier run, to begin with: a retrained model often needs the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrate.config.quantization import Quantization
from calibrate.contracts.candidate import FP32, INT8, Candidate, Group
from calibrate.contracts.recipe import Recipe
from calibrate.quantize.recipes import worth_trying
from calibrate.report.load import load_report


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What an earlier run chose.

    Attributes:
        precisions: of each group, by its name.
    """

    precisions: Mapping[str, str]

    def recipes(self, settings: Quantization) -> tuple[Recipe, ...] | None:
        """The recipes that the choice needs besides plain INT8; None where one is not known.

        A recipe that only changes what the user has pinned is none any more.
        """
        known = {recipe.name: recipe for recipe in worth_trying(settings, "thorough")}
        needed = sorted({*self.precisions.values()} - {FP32, INT8})
        if not known.keys() >= {*needed}:
            return None
        return tuple(known[name] for name in needed)

    def candidate(self, groups: Sequence[Group]) -> Candidate | None:
        """The choice for these groups; None where they are others than those of then."""
        if {group.name for group in groups} != self.precisions.keys():
            return None
        return Candidate(tuple(self.precisions[group.name] for group in groups))


def read_warm_start(path: Path) -> WarmStart:
    """The choice that a report holds.

    Raises:
        CalibrateError: the file is no report.
    """
    report = load_report(path)
    return WarmStart(
        {
            group.name: group.precision
            for group in report.groups
            if group.reason not in ("not quantizable", "user")
        }
    )
