"""The report's records of what the search measured, tried and spent."""

from typing import Literal

from calibrate.report.facts import Record, SetName

Reason = Literal["", "accuracy", "speed", "not finite", "timeout", "not quantizable", "user"]


class PrecisionFacts(Record):
    """A precision by its name."""

    title: str
    """Name in the texts of the report."""
    weight_bits: int
    """Bits in which a weight is stored."""
    activation_bits: int
    """Bits in which a value between two operations is stored."""
    compute_type: str
    """Type of the multiplications: `i8`, `bf16`, `f16` or `f32`."""


class ExecutionFacts(Record):
    """What the CPU plugin ran of a group in the written model, where it is deployed."""

    precision: str
    """`i8`, `bf16`, `f16` or `f32` of its layers with weights, joined by `+` where they differ; of
    all its operations where it has none; empty where the plugin fused it away."""
    reason: str = ""
    """Why that is not the chosen precision, as far as is known; empty where it is."""


class GroupFacts(Record):
    """One group of operations that change precision together, in network order."""

    name: str
    """Name of its first operation."""
    operations: tuple[str, ...]
    """All of its operations."""
    types: tuple[str, ...]
    """Their types, distinct."""
    sensitivity: dict[str, float]
    """Mean divergence from FP32 with this group alone at a precision, or its share of that of
    several groups quantized together (docs/search.md); empty if not measured."""
    sensitivity_error: dict[str, float]
    """Its standard error."""
    microseconds: dict[str, float]
    """Time of one inference spent in the group, by precision."""
    saturation: float | None = None
    """Share of pair sums that overflow 16 bits on calibration samples, on CPUs without VNNI; None
    where it was not counted."""
    layer_error: float | None = None
    """Squared error of the group's INT8 layers relative to their FP32 outputs, both computed from
    FP32's inputs; the largest of its layers. None for groups without INT8 weights."""
    precision: str
    """The chosen precision."""
    reason: Reason
    """Why it is not INT8; empty where it is. `accuracy`: INT8 is faster there and costs accuracy;
    `speed`: INT8 is not faster, conversions around it included; `timeout`: the search ran out of
    time before the group was measured; `not finite`: INT8 gives NaN or infinity there; `not
    quantizable`: no quantizer fits; `user`: the config."""
    executed: ExecutionFacts | None = None
    """The executed precision; None in reports of older versions for layers outside every group."""


class GraphFacts(Record):
    """How data flows between the groups."""

    edges: tuple[tuple[int, int], ...]
    """Pairs of positions in `groups`, from and to, sorted; operations between two groups that
    belong to neither are passed through. A group of several operations may read one that follows
    it."""


class CandidateFacts(Record):
    """A judgement of one candidate, in the order in which the run made them."""

    number: int
    """Number of the candidate, in the order of first appearance, from 1."""
    candidate: str
    """The number of groups at each precision."""
    judged_on: SetName
    """`search` samples, whose labels choose, or `acceptance` samples, which decide."""
    images: int
    """Number of these samples; fewer than all if the candidate was clearly over budget before."""
    divergence: float | None
    """Mean divergence from FP32 on these samples."""
    drops: dict[str, float]
    """Drop by metric, as estimated on these samples."""
    budgets: dict[str, float]
    """Limit of each drop: the budget, or the lower target after a refusal."""
    decision: Literal["proposed", "rejected", "accepted", "refused"]
    """`proposed` or `rejected` by the search; `accepted` or `refused` on the acceptance samples."""
    reason: str
    """Why, as a sentence."""


class TuningFacts(Record):
    """How one model was fine-tuned."""

    samples: int
    """Samples that it was tuned on."""
    validation: int
    """Further samples, not tuned on, whose loss selected the best update."""
    planned: int
    """Updates planned."""
    curve: tuple[tuple[int, float], ...]
    """Updates done, and the loss on the validation samples; the first is before any update."""
    difference: float
    """Between the PyTorch model and OpenVINO in FP32, as a share of the largest output."""


class RecipeFacts(Record):
    """A quantization recipe that was tried."""

    name: str
    """Short name."""
    reason: str
    """Why it was tried."""
    divergence: float
    """Mean divergence from FP32 on search samples, with every group quantized."""
    seconds: float
    """Time to quantize with it."""
    chosen: bool
    """Whether the result is made with it."""
    tuning: tuple[TuningFacts, ...] = ()
    """How its models were fine-tuned, if it does: one, or one per half in cross-fitting."""


class PointFacts(Record):
    """A point of the Pareto front of time and divergence."""

    groups_in_fp32: int
    """How many groups fall back."""
    microseconds: float
    """Predicted time spent in all groups."""
    damage: float
    """Predicted divergence."""
    measured_damage: float | None
    """Divergence measured on the search samples, if the point was evaluated."""
    drops: dict[str, float]
    """Drops measured on the search samples, by metric, if the point was evaluated."""
    chosen: bool
    """Whether it is the result."""


class Histogram(Record):
    """How values are spread over equal bins."""

    low: float
    """Lower edge of the first bin."""
    high: float
    """Upper edge of the last bin."""
    shares: tuple[float, ...]
    """Share of the values in each bin, 0-1; values beyond the edges count in the outer bins."""


class RangeFacts(Record):
    """The calibrated range of one input of a group, against the values observed later."""

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
    """On how many images it was observed."""
    calibrated: bool = False
    """Whether calibration used these images too."""
    histogram: Histogram | None = None
    """FP32's values of this tensor on a few of these images; None where it was not taken."""
    ranked_by: Literal["sensitivity", "clipping"] = "sensitivity"
    """What the shown groups are ranked by; `clipping` where no sensitivity was measured."""


class WeightFacts(Record):
    """The weights of one layer against the ranges in which they are rounded."""

    group: str
    """Name of the group."""
    layer: str
    """Name of the operation that the weights belong to."""
    channels: int
    """How many ranges there are: one for each output channel, or one for all."""
    least_range: float
    """Largest representable magnitude of the channel with the narrowest range."""
    median_range: float
    """The same of the median channel."""
    greatest_range: float
    """The same of the channel with the widest range."""
    histogram: Histogram
    """Weights divided by their channel's range: -1 and 1 are the ends of INT8."""


class StageCost(Record):
    """What one stage spent."""

    seconds: float
    """Wall clock."""
    compilations: int
    """Models compiled."""
    inferences: int
    """Inferences run."""


class ClusterFacts(Record):
    """What the workers of a cluster did; all times are of the machine that the report names."""

    evaluations: dict[str, int]
    """Evaluations answered by each worker, as `name on host`."""
    repeated: int
    """Evaluations sent again, since their worker was lost."""
    bytes_sent: int
    """Models, samples and judges sent to workers."""
    files_sent: int
    """Number of files in which they were sent."""
    cpu_seconds: float
    """Processor time of the evaluations on the workers."""


class CostFacts(Record):
    """What the run spent, and the part of it that no run can avoid."""

    seconds: float
    """Wall clock of the whole run."""
    compilations: int
    """Models compiled."""
    inferences: int
    """Inferences run, calibration included."""
    floor: StageCost
    """Decoding, one FP32 pass, one calibration, one INT8 pass, the final timing."""
    stages: dict[str, StageCost]
    """Costs by stage, in order."""
    cluster: ClusterFacts | None = None
    """With `--cluster`: what its workers did."""
