"""What a recipe is: one way to make an INT8 variant of a model.

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
"""From which `search.recipes` on a recipe is tried."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A model with every group at one INT8 precision.

    Attributes:
        model: FakeQuantize in front of the activations and of the floating-point weights of every
            group. Its operations and quantizers have the names that plain INT8 gives them; it
            differs in constants only: ranges, biases, and weights where the recipe's precision
            says `new_weights`.
    """

    model: ov.Model


@dataclass(frozen=True, slots=True, eq=False)
class RecipeContext:
    """What a recipe may use.

    Attributes:
        settings: the config's `quantization` section.
        plain: INT8 by these settings: what the variant has to have the operations of.
        quantizer: calibrates the same model; keeps the ranges that several recipes share.
        images: how many of the inputs below to look at.
        feeds: inputs of the calibration samples, an inference each, `[batch, ...]` by the index
            of the model's input.
        seed: of whatever is drawn.
        expired: whether the run is out of time; asked between steps, a recipe then returns what
            it has.
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
    """Makes a variant of INT8; it keeps no state between calls."""

    @property
    def precision(self) -> Precision:
        """What a group of its variant runs at: `int8_variant(name, new_weights=...)`."""
        ...

    @property
    def reason(self) -> str:
        """Which error it reduces, one clause, shown in the report."""
        ...

    @property
    def effort(self) -> Effort:
        """From which `search.recipes` on it is tried."""
        ...

    def is_relevant(self, settings: Quantization) -> bool:
        """Whether it changes something that the user has not set."""
        ...

    def depends_on(self, settings: Quantization) -> Section:
        """The settings that its variant depends on, besides the model and the samples.

        The variant is stored under a digest of them, and made again when they change.
        """
        ...

    def apply(self, model: ov.Model, context: RecipeContext) -> Variant:
        """Make the variant.

        Args:
            model: prepared FP32 model; left unchanged.
            context: calibration inputs and what else it may use.

        Raises:
            CalibrateError: it cannot be made; said in words for the user.
        """
        ...
