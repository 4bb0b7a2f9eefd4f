"""The interface of recipes: a recipe makes an INT8 variant of a model.

A recipe is a constant object, named by an entry point of the group `calibrate.recipes`
(`my-recipe = "my_package.module:RECIPE"`) or by a line of `RECIPES` in `calibrate/plugins.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import openvino as ov

from calibrate.config.quantization import Quantization
from calibrate.config.section import Section
from calibrate.core.component import Decoder
from calibrate.core.precision import Precision
from calibrate.errors import CalibrateError
from calibrate.quantization.ptq import Feed, Quantizer
from calibrate.quantization.shared_passes import Images


class NotApplicableError(CalibrateError):
    """A recipe cannot be applied to this model or in this environment."""


Effort = Literal["auto", "thorough"]
"""The lowest `search.recipes` with which a recipe is tried."""


@dataclass(frozen=True, slots=True)
class TuningRecord:
    """How a tuning went.

    Attributes:
        samples: number of inputs that the variant was tuned on.
        validation: number of further inputs that selected the best parameters.
        planned: number of updates planned.
        curve: number of updates done and the loss on the validation inputs, in order.
        difference: between the PyTorch model and OpenVINO in FP32, as a share of the largest
            output.
    """

    samples: int
    validation: int
    planned: int
    curve: tuple[tuple[int, float], ...]
    difference: float

    def content(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "TuningRecord":
        """Return the record of `content`."""
        values = {name: content[name] for name in cls.__dataclass_fields__}
        curve = tuple((int(done), float(loss)) for done, loss in values.pop("curve"))
        return cls(**values, curve=curve)


@dataclass(frozen=True, slots=True)
class Variant:
    """A model with every group at one INT8 precision.

    Attributes:
        model: FakeQuantize in front of the activations and of the floating-point weights of every
            group. Its operations and quantizers have the names of plain INT8; it differs in
            constants only: ranges, biases, and weights if the recipe's precision has
            `new_weights`.
        tuning: how the tuning went, if the recipe tunes.
    """

    model: ov.Model
    tuning: TuningRecord | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TuningInputs:
    """The further inputs of a recipe that changes weights.

    Attributes:
        start: the variant that it starts from.
        decoder: measures how far two outputs diverge.
        watched: gives a model all outputs that the decoder reads.
        checkpoint: file from which an interrupted tuning resumes; None to keep none.
        key: digest of what the tuning depends on; a checkpoint of another key is ignored.
        minutes: limit of the processor time.
        updates: number of updates; None for as many as the time allows.
        stage: called with the title and the number of `advance` calls once these are known.
    """

    start: ov.Model
    decoder: Decoder
    watched: Callable[[ov.Model], ov.Model]
    checkpoint: Path | None
    key: str
    minutes: float
    updates: int | None
    stage: Callable[[str, int], None]


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
        tuning: further inputs if the recipe's precision has `new_weights`; `feeds` are then
            samples in random order that do not judge the variant.
    """

    settings: Quantization
    plain: ov.Model
    quantizer: Quantizer
    images: Images
    feeds: Sequence[Feed]
    seed: int = 0
    expired: Callable[[], bool] = lambda: False
    advance: Callable[[], None] = lambda: None
    tuning: TuningInputs | None = None


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
            NotApplicableError: not for this model or in this environment; the search continues
                without the recipe, and the report says why.
            CalibrateError: the variant cannot be made; the run ends with the message.
        """
        ...
