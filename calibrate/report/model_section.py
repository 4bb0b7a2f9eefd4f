"""The report's section on the model and the dataset."""

from calibrate.report.facts import Record


class ShapeFacts(Record):
    """The written model, whose dimensions are open, at one shape of its inputs."""

    inputs: dict[str, tuple[int, ...]]
    """Shape of each input."""
    samples: int = 1
    """Inputs of this shape that both were given."""
    error: float
    """Relative difference of its outputs from the source's: the norm of the difference over the
    norm; of integers the share that differs. The largest over the outputs, the median over the
    inputs. Reshaped to it."""
    largest_error: float | None = None
    """The same, of the worst input; None in reports of older versions."""
    open_error: float
    """The median, compiled without reshaping the model."""


class DynamicFacts(Record):
    """What became of the source's open dimensions."""

    inputs: dict[str, tuple[int, ...]]
    """Shape of each input of the source, -1 where it is open."""
    kept: bool
    """Whether the written model has them."""
    reason: str
    """Why not; empty where they are kept."""
    difference: float | None = None
    """Relative difference of its outputs from those of the measured static model, reshaped to the
    calibrated shape, of the worst input; None where they are not kept."""
    open_difference: float | None = None
    """The same, compiled without reshaping it."""
    tried: tuple[ShapeFacts, ...] = ()
    """Shapes at which it was run beside the source, the calibrated one first."""


class StateFacts(Record):
    """What became of the states that the source keeps between inferences."""

    kept: tuple[str, ...]
    """Names of the states of the written model; empty where it takes whole sequences."""
    reason: str
    """Why it takes sequences instead; empty where it keeps the states."""
    difference: float | None = None
    """Relative difference of the written model's outputs from those of the measured model of
    sequences; None where that is written."""
    steps: int
    """Inferences in a sequence; one sequence is one sample, and states are reset before each."""


class ModelFacts(Record):
    """The model that was calibrated, and the one that was written."""

    name: str
    """Name in the config, or the file's stem."""
    source: str
    """Path of the source model."""
    digest: str
    """sha256 over the source model's files."""
    inputs: dict[str, tuple[int, ...]]
    """Bound shape of each input, with the batch."""
    written: str | None
    """Path of the written IR; None where nothing was written."""
    folded: dict[str, int]
    """Operations removed by simplifying the source, by type."""
    biases_added: int
    """Convolutions that got a zero bias so that it can be corrected."""
    largest_difference: float
    """Largest absolute difference between outputs of the source and the prepared FP32 model."""
    kept_in_fp32: tuple[str, ...]
    """Operations excluded by rule (post-processing) or by the user."""
    dynamic: DynamicFacts | None = None
    """The source's open dimensions; None where it has none, or where they were not wanted."""
    model_type_reason: str = ""
    """Which `model_type` was chosen for a model with attention, and why; empty where the config
    gives it, or where the model has no attention."""
    states: StateFacts | None = None
    """The source's states; None where it keeps none."""


class DatasetFacts(Record):
    """The images, and how they were used."""

    name: str
    """Name in the config, or the adapter's type."""
    digest: str
    """sha256 over the content and annotations of all samples used."""
    samples: int
    """Samples used."""
    calibration: int
    """Samples that set the ranges."""
    calibration_shared: bool
    """Whether calibration samples are search samples too."""
    calibration_dataset: str = ""
    """Name of the dataset that calibration samples are from, if the config names one; these samples
    are none of `samples`."""
    search: int
    """Samples that choose recipe and layers."""
    acceptance: int
    """Samples that decide the verdict and are never used to choose."""
    folds: int = 1
    """1: search and acceptance are different samples. 2: cross-fitting, each half judged what the
    other half chose, so that all samples did both."""
    seed: int
    """Seed of the draw and the split."""
    skipped: tuple[str, ...]
    """Samples that could not be read, with reasons (`bad_samples: skip`)."""
