"""The choice of layers of an earlier run, to begin with: a retrained model often needs the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.config.quantization import Quantization
from calibrate.core.precision import FP32, INT8, Candidate, Group, Precision
from calibrate.core.recipe import Recipe
from calibrate.quantization.recipes import worth_trying


@dataclass(frozen=True, slots=True)
class EarlierChoice:
    """What an earlier run chose for one group.

    Attributes:
        name: of the group.
        operations: how many it has.
        precision: chosen.
    """

    name: str
    operations: int
    precision: Precision


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What an earlier run chose.

    Attributes:
        choices: a group each, in network order.
    """

    choices: tuple[EarlierChoice, ...]

    def recipes(self, settings: Quantization) -> tuple[Recipe, ...] | None:
        """The recipes that the choice needs besides plain INT8; None where one is not known.

        A recipe that only changes what the user has pinned is none any more.
        """
        known = {recipe.name: recipe for recipe in worth_trying(settings, "thorough")}
        needed = sorted(
            {choice.precision for choice in self.choices} - {FP32, *settings.precisions}
        )
        if not known.keys() >= {*needed} or (needed and INT8 not in settings.precisions):
            return None
        return tuple(known[name] for name in needed)

    def candidate(self, groups: Sequence[Group]) -> Candidate | None:
        """The choice for these groups; None where they are others than those of then.

        They are known by their names; where an exporter numbers names anew each time, by their
        order and how many operations each has.
        """
        by_name = {choice.name: choice.precision for choice in self.choices}
        if {group.name for group in groups} == by_name.keys():
            return Candidate(tuple(by_name[group.name] for group in groups))
        if [len(group.operations) for group in groups] == [one.operations for one in self.choices]:
            return Candidate(tuple(choice.precision for choice in self.choices))
        return None
