"""The report: every fact of a run, once; all forms are rendered from this record.

The JSON form is `report.json`, documented in docs/report.md and versioned by `version`: a field is
added without changing it, one that is renamed, removed or given another meaning raises it.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from calibrate.report.escape import utf8

VERSION: Literal[1] = 1

SetName = Literal["search", "acceptance"]
Verdicts = Literal["within", "over", "undecided"]
Reason = Literal["", "accuracy", "speed", "not quantizable", "user"]


Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Record(BaseModel):
    r"""A part of the report: immutable, every field stated, and always writable as JSON.

    Numbers that JSON does not have are the strings `NaN`, `Infinity` and `-Infinity`; bytes of
    file names that are not UTF-8 are escapes, `\xff`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="strings"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_utf8(cls, given: object) -> object:
        return _writable(given)


def _writable(given: object) -> object:
    """Plain values with texts that UTF-8 can hold."""
    if isinstance(given, str):
        return utf8(given)
    if isinstance(given, Mapping):
        return {_writable(key): _writable(entry) for key, entry in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(_writable(entry) for entry in given)
    return given


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
    """Operations left out by rule (post-processing) or by the user."""


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
    search: int
    """Samples that choose recipe and layers."""
    acceptance: int
    """Samples that judge what was chosen without them."""
    folds: int = 1
    """1: search and acceptance are different samples. 2: cross-fitting, each half judged what the
    other half chose, so that all samples did both."""
    seed: int
    """Of the draw and the split."""
    skipped: tuple[str, ...]
    """Samples that could not be read, with reasons (`bad_samples: skip`)."""


class BudgetFacts(Record):
    """The budget of one metric."""

    max_drop: float
    """As given."""
    drop_type: Literal["absolute", "relative"]
    """As given."""
    absolute: float
    """In the metric's unit."""


class Score(Record):
    """One model's value of one metric on one set of images."""

    value: float
    """The metric."""
    drop: float | None = None
    """FP32 minus this model in the metric's good direction, paired image by image."""
    estimate: float | None = None
    """The drop that `accept: estimate` goes by: counted and expected combined (docs/verdict.md)."""
    interval: tuple[float, float] | None = None
    """Of the drop, at the report's confidence."""
    method: str = ""
    """How the interval was made (docs/verdict.md)."""


class MetricFacts(Record):
    """One metric of every model on every set."""

    unit: str
    """`fraction` is printed as per cent, drops in points."""
    higher_is_better: bool
    """The metric's direction."""
    budget: BudgetFacts
    """What may be lost."""
    fp32: dict[SetName, Score]
    """The prepared FP32 model."""
    int8: dict[SetName, Score]
    """Plain INT8: every layer, NNCF's defaults and the config's settings."""
    result: dict[SetName, Score]
    """The model that was written."""


class Look(Record):
    """One judgement on the acceptance images."""

    candidate: str
    """Short description: how many groups at which precision."""
    drops: dict[str, float]
    """By metric."""
    outcome: Verdicts
    """Worst over the metrics."""
    passed: bool
    """Under the `accept` rule, for every target too."""
    targets: dict[str, bool] = {}
    """By target, whether it was accepted for that CPU."""


class TargetScore(Record):
    """One metric of the result as another CPU computes it."""

    drop: float
    """As `Score.drop`, against FP32 on this CPU."""
    estimate: float
    """As `Score.estimate`."""
    interval: tuple[float, float]
    """Of the drop, at the report's confidence."""
    outcome: Verdicts
    """Whole interval within budget, none of it, or neither."""
    passed: bool
    """Accepted under the `accept` rule."""


class TargetFacts(Record):
    """The promise for a further CPU, on the acceptance images."""

    target: str
    """The config's word."""
    instruction_set: str
    """oneDNN's name of it."""
    how: Literal["here", "limited", "simulated"]
    """`here`: it is this CPU's own; `limited`: run for real, in a process held to it; `simulated`:
    above this CPU, rounded as INT8 and multiplied in FP32, which cannot saturate."""
    passed: bool
    """Whether every metric is accepted."""
    metrics: dict[str, TargetScore]
    """By metric."""


class VerdictFacts(Record):
    """The promise, and how sure it is."""

    outcome: Verdicts
    """Whole interval within budget, none of it, or neither."""
    passed: bool
    """Accepted under the `accept` rule, for every target too; decides the exit code."""
    accept: Literal["estimate", "confident"]
    """The rule."""
    confidence: float
    """Of all intervals; each look on the acceptance images costs a part of it."""
    summary: str
    """One sentence."""
    looks: tuple[Look, ...]
    """Every judgement on the acceptance images, the first one first."""
    images_to_decide: int | None
    """About how many acceptance images would decide an undecided verdict."""
    next_steps: tuple[str, ...]
    """What to do now."""
    targets: tuple[TargetFacts, ...] = ()
    """The same for the further CPUs of the config's `targets`."""


class Performance(Record):
    """One model on this CPU, measured side by side with the others."""

    latency_ms: float
    """Median, one inference at a time."""
    latency_low_ms: float
    """First quartile."""
    latency_high_ms: float
    """Third quartile."""
    throughput: float
    """Samples per second with the throughput hint."""
    speedup: float
    """FP32 latency over this model's, median of interleaved rounds."""
    file_bytes: int
    """The IR's .xml and .bin."""
    peak_memory_bytes: int
    """Of a process that loads and runs it, by itself."""


class GroupFacts(Record):
    """One group of operations that change precision together, in network order."""

    name: str
    """Of its first operation."""
    operations: tuple[str, ...]
    """All of its operations."""
    types: tuple[str, ...]
    """Their types, distinct."""
    sensitivity: dict[str, float]
    """Mean divergence from FP32 with this group alone at a precision; empty if not measured."""
    sensitivity_error: dict[str, float]
    """Its standard error."""
    microseconds: dict[str, float]
    """Time of one inference spent in the group, by precision."""
    saturation: float | None = None
    """Share of pair sums that overflow 16 bits on calibration images, on CPUs without VNNI; None
    where it was not counted."""
    precision: str
    """Chosen."""
    reason: Reason
    """Why it is not INT8; empty where it is."""


class RecipeFacts(Record):
    """A quantization recipe that was tried."""

    name: str
    """Short name."""
    reason: str
    """What it is for."""
    divergence: float
    """Mean divergence from FP32 on search images, everything quantized."""
    seconds: float
    """To quantize with it."""
    chosen: bool
    """Whether the result is made with it."""


class PointFacts(Record):
    """A point of the front between time and damage."""

    groups_in_fp32: int
    """How many groups fall back."""
    microseconds: float
    """Predicted time spent in all groups."""
    damage: float
    """Predicted divergence."""
    measured_damage: float | None
    """Measured on the search images, if it was evaluated."""
    drops: dict[str, float]
    """Measured on the search images, by metric, if it was evaluated."""
    chosen: bool
    """Whether it is the result."""


class StageCost(Record):
    """What one stage spent."""

    seconds: float
    """Wall clock."""
    compilations: int
    """Models compiled."""
    inferences: int
    """Inferences run."""


class CostFacts(Record):
    """What the run spent, against what nobody can avoid."""

    seconds: float
    """Wall clock of the whole run."""
    compilations: int
    """Models compiled."""
    inferences: int
    """Inferences run, calibration included."""
    floor: StageCost
    """One FP32 pass, one calibration, one INT8 pass, the final timing."""
    stages: dict[str, StageCost]
    """By stage, in order."""


class Change(Record):
    """A search or acceptance image whose predicted class changed."""

    sample: str
    """The sample's id."""
    source: str
    """The file, if it has one of its own."""
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


class Difference(Record):
    """A search or acceptance image on which the result says something else than FP32."""

    sample: str
    """The sample's id."""
    source: str
    """The file, if it has one of its own."""
    told: str
    """What differs, in words: `2 of 5 boxes lost: 1 person, 1 dog`."""
    amount: float
    """Share of boxes, pixels, labels or tokens that differ; for numbers and images relative to
    their size."""
    images: SetName | None = None
    """The set that the image belongs to."""
    thumbnail: Base64 = ""
    """A small JPEG of the image in base64; empty where none was made."""


class RangeFacts(Record):
    """The range that one input of a group was calibrated to, against what was seen afterwards."""

    group: str
    """Name of the group."""
    tensor: str
    """Name of the operation whose output is quantized."""
    low: float
    """Lower end of the calibrated range, the least of all channels."""
    high: float
    """Upper end, the greatest of all channels."""
    observed_low: float
    """Least value of the FP32 model on `images` images."""
    observed_high: float
    """Greatest value likewise."""
    outside: float
    """Share of the values that lie outside of the calibrated range and are clipped, 0-1."""
    images: int
    """On how many images that calibration did not use it was observed."""


class EnvironmentFacts(Record):
    """Where all of this was measured."""

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


class Report(Record):
    """A whole run."""

    version: Literal[1] = VERSION
    """Of this record."""
    created: str
    """ISO 8601, UTC."""
    model: ModelFacts
    """The model."""
    dataset: DatasetFacts
    """The images."""
    verdict: VerdictFacts
    """The promise."""
    metrics: dict[str, MetricFacts]
    """By the metric's label."""
    performance: dict[str, Performance]
    """`fp32`, `int8`, `result`."""
    groups: tuple[GroupFacts, ...]
    """In network order."""
    recipes: tuple[RecipeFacts, ...]
    """In the order tried."""
    front: tuple[PointFacts, ...]
    """Fastest first; empty where no layer had to fall back."""
    changes: tuple[Change, ...]
    """Images whose class changed, at most 200; answers lost first, then gained, then others."""
    changes_in_all: int | None = None
    """How many images changed; None where it was not counted."""
    differences: tuple[Difference, ...] = ()
    """For tasks other than one class an image: of the images whose outputs moved most, those on
    which the result says something else than FP32; the greatest difference first."""
    ranges: tuple[RangeFacts, ...] = ()
    """Of the most sensitive groups; empty where none was measured."""
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

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Every form reads these without asking, so they have to be there."""
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
        return self

    @property
    def budget(self) -> dict[str, BudgetFacts]:
        """The budget of each metric."""
        return {name: facts.budget for name, facts in self.metrics.items()}
