"""The interface of recipes: a recipe makes an INT8 variant of a model.

A recipe is a constant object, named by an entry point of the group `calibrate.recipes`
(`my-recipe = "my_package.module:RECIPE"`) or by a line of `RECIPES` in `calibrate/plugins.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.config.section import Section
from calibrate.core.precision import Precision
from calibrate.quantization.ptq import Feed, Images, Quantizer

Effort = Literal["auto", "thorough"]
"""The lowest `search.recipes` with which a recipe is tried."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A model with every group at one INT8 precision.

    Attributes:
        model: FakeQuantize in front of the activations and of the floating-point weights of every
            group. Its operations and quantizers have the names of plain INT8; it differs in
            constants only: ranges, biases, and weights if the recipe's precision has
            `new_weights`.
    """

    model: ov.Model


@dataclass(frozen=True, slots=True, eq=False)
class RecipeContext:
    """The inputs of a recipe.

    Attributes:
        settings: the config's `quantization` section.
        plain: the INT8 model of these settings; the variant must have the same operations.
        quantizer: calibrates the same model; keeps the ranges that several recipes share.
        images: how many of the inputs below to use.
        feeds: inputs of the calibration samples, one per inference, `[batch, ...]` by the index
            of the model's input.
        seed: of random draws.
        expired: whether the run is out of time; a recipe checks it between steps and then returns
            its current variant.
        advance: called after each step, so that progress shows.
    """

    settings: Quantization
    plain: ov.Model
    quantizer: Quantizer
    images: Images
    feeds: Sequence[Feed]
    seed: int = 0
    expired: Callable[[], bool] = lambda: False
    advance: Callable[[], None] = lambda: None


class Recipe(Protocol):
    """Makes an INT8 variant; it keeps no state between calls."""

    @property
    def precision(self) -> Precision:
        """The precision of a group of its variant: `int8_variant(name, new_weights=...)`."""
        ...

    @property
    def reason(self) -> str:
        """The error that it reduces, one clause, shown in the report."""
        ...

    @property
    def effort(self) -> Effort:
        """The lowest `search.recipes` with which it is tried."""
        ...

    def is_relevant(self, settings: Quantization) -> bool:
        """Return whether it changes a setting that the user has not set."""
        ...

    def depends_on(self, settings: Quantization) -> Section:
        """Return the settings that its variant depends on, besides the model and the samples.

        The variant is stored under their digest, and made again when they change.
        """
        ...

    def apply(self, model: ov.Model, context: RecipeContext) -> Variant:
        """Make the variant.

        Args:
            model: prepared FP32 model; left unchanged.
            context: calibration inputs and further inputs.

        Raises:
            CalibrateError: the variant cannot be made; the message is shown to the user.
        """
        ...
