"""The report of a run: the record that every format is rendered from.

The JSON form is `report.json`, documented in docs/report.md and versioned by `version`: a field is
added without changing it; renaming, removing or redefining one raises it.
"""

from html import escape
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from calibrate.report.facts import Base64, Record, SetName
from calibrate.report.search_section import (
    CandidateFacts,
    CostFacts,
    GraphFacts,
    GroupFacts,
    PointFacts,
    PrecisionFacts,
    RangeFacts,
    RecipeFacts,
    WeightFacts,
)
from calibrate.report.verdict_section import BudgetFacts, MetricFacts, VerdictFacts

VERSION: Literal[2] = 2


class ShapeFacts(Record):
    """The written model, whose dimensions are open, at one shape of its inputs."""

    inputs: dict[str, tuple[int, ...]]
    """Shape of each input."""
    error: float
    """Relative difference of its outputs from the source's: the norm of the difference over the
    norm; of integers the share that differs. The largest over the outputs. Reshaped to it."""
    open_error: float
    """The same, compiled without reshaping the model."""


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
    calibrated shape; None where they are not kept."""
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
    """As in the config, or the file's stem."""
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
    """As in the config, or the adapter's type."""
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
    """Of the draw and the split."""
    skipped: tuple[str, ...]
    """Samples that could not be read, with reasons (`bad_samples: skip`)."""


class Performance(Record):
    """One model on this CPU, measured side by side with the others."""

    latency_ms: float
    """One inference at a time: FP32's median over rounds, divided by `speedup`."""
    latency_low_ms: float
    """First quartile."""
    latency_high_ms: float
    """Third quartile."""
    throughput: float
    """Samples per second with the throughput hint."""
    speedup: float
    """FP32 latency over this model's, median of interleaved rounds."""
    speedup_interval: tuple[float, float] | None = None
    """95 % confidence interval of `speedup`."""
    speedup_over_float: float | None = None
    """Latency of floating point as deployed over this model's; None where that is FP32."""
    speedup_over_float_interval: tuple[float, float] | None = None
    """95 % confidence interval of `speedup_over_float`."""
    inference_precision: str = "f32"
    """What floating point was computed in."""
    file_bytes: int | None
    """The IR's .xml and .bin; of `fp32` all files of the source, external data included; None where
    it was not measured."""
    peak_memory_bytes: int | None
    """Of a process that loads and runs it, by itself; None where it was not measured."""


class Change(Record):
    """A search or acceptance image whose predicted class changed."""

    sample: str
    """The sample's id."""
    source: str
    """The file, if the sample has a separate one."""
    label: int | None
    """The annotation."""
    fp32: int
    """Class predicted by FP32."""
    fp32_score: float
    """Its probability."""
    int8: int
    """Class predicted by the result."""
    int8_score: float
    """Its probability."""
    images: SetName | None = None
    """The set that the image belongs to."""
    thumbnail: Base64 = ""
    """A small JPEG of the image in base64; empty where none was made."""


class ClassChange(Record):
    """One class before and after."""

    label: int
    """Class id."""
    name: str
    """Of the class; empty where the dataset names none."""
    samples: int | None = None
    """Annotated samples of the class; None for metrics that do not count samples."""
    fp32: float
    """FP32's value: right answers over samples, or the metric's value of this class alone."""
    result: float
    """The result's."""


class ClassSection(Record):
    """What quantization changed, class by class."""

    metric: str
    """What the values are: `right answers`, or a metric's label."""
    unit: str
    """As `MetricFacts.unit`."""
    higher_is_better: bool
    """Direction of the values."""
    changed: tuple[ClassChange, ...]
    """Classes whose value changed, the largest loss first; at most 100."""
    unchanged: int
    """How many further classes have the same value before and after."""


class Confusion(Record):
    """Answers by class; only for classification with few classes."""

    labels: tuple[int, ...]
    """Class ids, in the order of rows and columns."""
    names: tuple[str, ...]
    """Of the classes; empty texts where the dataset names none."""
    fp32: tuple[tuple[int, ...], ...]
    """Samples by annotated class (rows) and FP32's answer (columns)."""
    result: tuple[tuple[int, ...], ...]
    """The same for the result."""


class DrawnBox(Record):
    """A box of an image on which the two models differ."""

    corners: tuple[float, float, float, float]
    """xmin ymin xmax ymax, as shares of the image's width and height."""
    change: Literal["kept", "lost", "new"]
    """Both models have it, FP32 alone, or the result alone."""
    text: str
    """Its class."""
    keypoints: tuple[tuple[float, float], ...] = ()
    """x and y of the object's keypoints, as shares of the image's width and height."""


class Difference(Record):
    """A search or acceptance image on which the result's prediction differs from FP32's."""

    sample: str
    """The sample's id."""
    source: str
    """The file, if the sample has a separate one."""
    summary: str
    """What differs, as text: `2 of 5 boxes lost: 1 person, 1 dog`."""
    amount: float
    """Share of boxes, pixels, labels or tokens that differ; for numbers and images relative to
    their size."""
    images: SetName | None = None
    """The set that the image belongs to."""
    thumbnail: Base64 = ""
    """A small JPEG of the image in base64; empty where none was made."""
    boxes: tuple[DrawnBox, ...] = ()
    """Boxes of detectors, to draw on it."""
    overlay: Base64 = ""
    """A PNG in base64 to lay over the image: lost pixels hatched red, new ones green, pixels that
    changed their class amber, outlines of what both models have white; empty without masks."""


class EnvironmentFacts(Record):
    """The machine and the versions of the run."""

    cpu: str
    """Model name."""
    cores: int
    """That the process may use."""
    instruction_set: str
    """What the CPU plugin uses: sse41, avx2, avx512_core, avx512_core_vnni, …."""
    vnni: bool
    """Whether INT8 products are summed without saturation."""
    memory_bytes: int
    """Of the machine."""
    platform: str
    """Operating system."""
    python: str
    """Version."""
    openvino: str
    """Version."""
    nncf: str
    """Version."""
    calibrate: str
    """Version."""


class DeploymentFacts(Record):
    """How the written model has to be run to be what was certified."""

    inference_precision: str
    """What floating-point layers compute in: `f32`, `bf16` or `f16`."""
    properties: dict[str, str]
    """Properties to give to `compile_model`; empty where none is needed on this CPU."""
    not_pinned: tuple[str, ...] = ()
    """Groups that were chosen as FP32 and that the plugin does not keep in FP32 by itself."""
    others: float = 0.0
    """Share of the machine's processors that other processes took during the timing, 0-1."""
    drift: float = 0.0
    """Relative change of FP32's time from the beginning of the timing to its end."""
    timed: str = ""
    """When the models were timed, ISO 8601, UTC."""


class Report(Record):
    """A whole run."""

    version: Literal[2] = VERSION
    """Of this record."""
    created: str
    """ISO 8601, UTC."""
    model: ModelFacts
    """The model."""
    dataset: DatasetFacts
    """The images."""
    verdict: VerdictFacts
    """The verdict."""
    metrics: dict[str, MetricFacts]
    """By the metric's label."""
    performance: dict[str, Performance]
    """`fp32`, `int8`, `result`, and `float` where floating point is deployed as BF16 or FP16."""
    deployment: DeploymentFacts | None = None
    """How to run the result; None in reports of older versions."""
    precisions: dict[str, PrecisionFacts] = Field(default_factory=dict)
    """Precisions by name."""
    groups: tuple[GroupFacts, ...]
    """In network order."""
    recipes: tuple[RecipeFacts, ...]
    """In the order tried."""
    candidates: tuple[CandidateFacts, ...] = ()
    """Every judgement of a candidate, in the order of the run."""
    graph: GraphFacts | None = None
    """How data flows between the groups; None where it was not computed."""
    sensitivity_missing: str = ""
    """Why sensitivities were not measured, as a sentence; empty where they were."""
    front: tuple[PointFacts, ...]
    """Fastest first; empty where no layer had to fall back."""
    changes: tuple[Change, ...]
    """Images whose class changed, at most 200; answers lost first, then gained, then others."""
    changes_in_all: int | None = None
    """How many images changed; None where it was not counted."""
    differences: tuple[Difference, ...] = ()
    """For tasks other than one class an image: of the images whose outputs diverge most, those on
    which the predictions differ from FP32's; the greatest difference first."""
    classes: ClassSection | None = None
    """Class by class, before and after; None for tasks without classes."""
    confusion: Confusion | None = None
    """For classification of at most 20 classes."""
    ranges: tuple[RangeFacts, ...] = ()
    """Of the most sensitive groups; empty where none was measured."""
    weights: tuple[WeightFacts, ...] = ()
    """Of the same groups."""
    labels: tuple[str, ...]
    """Class names, where the dataset has them."""
    notes: tuple[str, ...]
    """What a reader should know."""
    cost: CostFacts
    """Time, compilations, inferences."""
    environment: EnvironmentFacts
    """The machine and versions."""
    config: dict[str, object]
    """The resolved config."""
    config_given: dict[str, object] = Field(default_factory=dict)
    """The same without the keys that were left at their defaults."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Check that the entries that every format reads are present."""
        for label, facts in self.metrics.items():
            for name, scores in (
                ("fp32", facts.fp32),
                ("int8", facts.int8),
                ("result", facts.result),
            ):
                if set(scores) != {"search", "acceptance"}:
                    raise ValueError(f"metrics.{label}.{name} needs search and acceptance")
        if missing := {"fp32", "int8", "result"} - set(self.performance):
            raise ValueError(f"performance needs {', '.join(sorted(missing))}")
        if self.graph is not None and any(
            not 0 <= position < len(self.groups) for edge in self.graph.edges for position in edge
        ):
            raise ValueError("graph.edges holds positions in groups")
        return self

    def to_html(self) -> str:
        """Return the report as one self-contained HTML page."""
        from calibrate.report.formats.html import render_html  # noqa: PLC0415  # it reads this file

        return render_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, as `report.json` holds them."""
        return self.model_dump(mode="json")

    def __repr__(self) -> str:
        """Return one line: model, outcome, precisions and speed."""
        return (
            f"<Report {self.model.name}: {self.verdict.outcome}, {self.quantized_groups} of "
            f"{len(self.groups)} groups quantized, "
            f"{self.performance['result'].speedup:.2f} times as fast as FP32>"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the page in a frame, for notebooks."""
        page = escape(self.to_html(), quote=True)
        return (
            f'<iframe title="Report of {escape(self.model.name, quote=True)}" srcdoc="{page}" '
            'sandbox="allow-scripts" width="100%" height="640"></iframe>'
        )

    @property
    def quantized_groups(self) -> int:
        """How many groups of the result run in INT8 or have weights of at most 8 bits."""
        kinds = {name: facts.weight_bits for name, facts in self.precisions.items()}
        # Reports without `precisions` know INT8 alone.
        floats = ("fp32", "bf16", "fp16")
        return sum(
            kinds.get(group.precision, 32 if group.precision in floats else 8) <= 8
            for group in self.groups
        )

    @property
    def is_quantized(self) -> bool:
        """Whether a group of the result has weights of at most 8 bits."""
        kinds = (self.precisions.get(group.precision) for group in self.groups)
        return any(kind is not None and kind.weight_bits <= 8 for kind in kinds)

    @property
    def budget(self) -> dict[str, BudgetFacts]:
        """The budget of each metric."""
        return {name: facts.budget for name, facts in self.metrics.items()}
