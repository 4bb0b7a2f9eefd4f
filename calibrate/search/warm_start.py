"""The choice of layers of an earlier run, to begin with: a retrained model often needs the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.config.quantization import Quantization
from calibrate.core.precision import FLOATS, INT8, Candidate, Group, Precision
from calibrate.quantization.recipe_selection import all_recipes, relevant_recipes
from calibrate.quantization.recipes.base import Recipe


@dataclass(frozen=True, slots=True)
class EarlierChoice:
    """What an earlier run chose for one group.

    Attributes:
        name: of the group.
        operations: how many it has.
        precision: name of the chosen one.
    """

    name: str
    operations: int
    precision: str


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
        known = {recipe.precision.name: recipe for recipe in relevant_recipes(settings, "thorough")}
        made_without = {value.name for value in (*FLOATS.values(), *settings.precision_values)}
        needed = sorted({choice.precision for choice in self.choices} - made_without)
        if not known.keys() >= {*needed} or (needed and INT8 not in settings.precision_values):
            return None
        return tuple(known[name] for name in needed)

    def candidate(self, groups: Sequence[Group], settings: Quantization) -> Candidate | None:
        """The choice for these groups; None where they are others than those of then.

        They are known by their names; where an exporter numbers names anew each time, by their
        order and how many operations each has.
        """
        known = _known_precisions(settings)
        if not known.keys() >= {choice.precision for choice in self.choices}:
            return None
        by_name = {choice.name: known[choice.precision] for choice in self.choices}
        if {group.name for group in groups} == by_name.keys():
            return Candidate(tuple(by_name[group.name] for group in groups))
        if [len(group.operations) for group in groups] == [one.operations for one in self.choices]:
            return Candidate(tuple(known[choice.precision] for choice in self.choices))
        return None


def _known_precisions(settings: Quantization) -> dict[str, Precision]:
    """By name, everything that a group may run at."""
    variants = [recipe.precision for recipe in all_recipes()]
    values = (*FLOATS.values(), *settings.precision_values, *variants)
    return {value.name: value for value in values}
