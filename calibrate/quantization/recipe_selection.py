"""Select the recipes that a run tries, built in or of installed packages."""

from typing import Literal, cast

from calibrate import plugins
from calibrate.config.quantization import Quantization
from calibrate.core.precision import INT8, Precision
from calibrate.quantization.recipes._lib.changed_settings import ChangedSettings
from calibrate.quantization.recipes.base import Recipe
from calibrate.quantization.recipes.fine_tuned import FineTuned

PLAIN = ChangedSettings("int8", "NNCF's defaults with the config's settings")
"""The recipe that every other recipe is compared with."""


def all_recipes() -> tuple[Recipe, ...]:
    """Return every recipe in the order of trial.

    Raises:
        PluginError: an installed package's recipe cannot be imported.
    """
    built_in = list(plugins.RECIPES)
    installed = [name for name in plugins.names("recipes") if name not in plugins.RECIPES]
    return tuple(cast("Recipe", plugins.load_recipe(name)) for name in (*built_in, *installed))


Allowed = Literal["default", "auto", "thorough"]
"""Values of `search.recipes`: no recipes, those that cost a second each, or all."""


def relevant_recipes(settings: Quantization, effort: Allowed) -> tuple[Recipe, ...]:
    """Return the recipes that change settings the user has not set, the cheapest first.

    Recipes make variants of INT8, so there are none where the config does not allow it.

    Args:
        settings: the `quantization` section.
        effort: `search.recipes`.
    """
    if INT8 not in settings.precision_values:
        return ()
    efforts = {"default": (), "auto": ("auto",), "thorough": ("auto", "thorough")}[effort]
    return tuple(
        recipe
        for recipe in all_recipes()
        if recipe.effort in efforts and recipe.is_relevant(settings)
    )


def free_recipes(settings: Quantization, effort: Allowed) -> tuple[Recipe, ...]:
    """Return the relevant recipes that cost a second each and nothing at run time."""
    return tuple(r for r in relevant_recipes(settings, effort) if r.effort == "auto")


def slower_recipes(settings: Quantization, effort: Allowed) -> tuple[Recipe, ...]:
    """Return the relevant recipes that are tried only if the free ones are over budget."""
    return tuple(r for r in relevant_recipes(settings, effort) if r.effort != "auto")


def tuning_recipes(finetune: object, first: Precision) -> tuple[Recipe, ...]:
    """Return the recipes to try before layers fall back.

    Args:
        finetune: `search.finetune`; `off` for none.
        first: the precision that is tried first: INT8 or compressed weights.
    """
    if finetune == "off":
        return ()
    return (FineTuned(compressed=first if first.compresses_weights else None),)
