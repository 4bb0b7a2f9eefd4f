"""Warm start from the choice of an earlier run, which a retrained model often needs again."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.config.quantization import Quantization
from calibrate.core.precision import FLOATS, INT8, Candidate, Group, Precision
from calibrate.quantization.recipe_selection import all_recipes, relevant_recipes
from calibrate.quantization.recipes.base import Recipe


@dataclass(frozen=True, slots=True)
class EarlierChoice:
    """An earlier run's choice for one group.

    Attributes:
        name: name of the group.
        operations: their number.
        precision: name of the chosen precision.
    """

    name: str
    operations: int
    precision: str


@dataclass(frozen=True, slots=True)
class WarmStart:
    """An earlier run's choice.

    Attributes:
        choices: one per group, in network order.
    """

    choices: tuple[EarlierChoice, ...]

    def recipes(self, settings: Quantization) -> tuple[Recipe, ...] | None:
        """Return the recipes that the choice needs besides plain INT8; None if one is unknown.

        A recipe that only changes settings that the config fixes counts as unknown.
        """
        recipes = relevant_recipes(settings, "thorough")
        by_name = {recipe.precision.name: recipe for recipe in recipes}
        made_without = {value.name for value in (*FLOATS.values(), *settings.precision_values)}
        needed = sorted({choice.precision for choice in self.choices} - made_without)
        if not by_name.keys() >= {*needed} or (needed and INT8 not in settings.precision_values):
            return None
        return tuple(by_name[name] for name in needed)

    def candidate(self, groups: Sequence[Group], settings: Quantization) -> Candidate | None:
        """Return the choice for these groups; None if they differ from the earlier run's.

        Groups are matched by name. If an exporter renumbers names each time, they are matched by
        order and number of operations.
        """
        precisions = _precisions_by_name(settings)
        if not precisions.keys() >= {choice.precision for choice in self.choices}:
            return None
        by_name = {choice.name: precisions[choice.precision] for choice in self.choices}
        if {group.name for group in groups} == by_name.keys():
            return Candidate(tuple(by_name[group.name] for group in groups))
        sizes = [choice.operations for choice in self.choices]
        if [len(group.operations) for group in groups] == sizes:
            return Candidate(tuple(precisions[choice.precision] for choice in self.choices))
        return None


def _precisions_by_name(settings: Quantization) -> dict[str, Precision]:
    """Return every precision that a group may run at, by name."""
    variants = [recipe.precision for recipe in all_recipes()]
    values = (*FLOATS.values(), *settings.precision_values, *variants)
    return {value.name: value for value in values}
