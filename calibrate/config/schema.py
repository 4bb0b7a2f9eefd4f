"""The YAML schema: one typed section a part of the story."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from calibrate.config.quantization import Quantization
from calibrate.config.section import Section
from calibrate.core.component import AnchoredPath

DropType = Literal["absolute", "relative"]


class ComponentSpec(Section, extra="allow"):
    """A component by its type, with its parameters as further keys."""

    type: str
    """A built-in name (`calibrate list`), an installed plugin's, or `file.py:Name`."""

    @property
    def parameters(self) -> dict[str, Any]:
        """All keys but `type`."""
        return dict(self.__pydantic_extra__ or {})


TargetName = Literal[
    "sse41", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "avx512_amx", "avx512_amx_fp16"
]
"""Instruction sets of CPUs that a model may be meant for; those without VNNI saturate."""


Layout = Annotated[str, Field(pattern="^[NCDHWT]+$")]
"""Letters of dimensions."""


class ModelInput(Section):
    """Facts about one input of the model that calibrate cannot find out."""

    shape: tuple[int, ...] | None = None
    """Static shape with the batch, for models that leave dimensions open."""
    layout: Layout | None = None
    """Order of the dimensions, by OpenVINO's letters: N batch, C channels, D depth, H height, W
    width, T time; by default derived from the shape. `CN`: the batch is the second dimension."""
    source: str | None = None
    """The source of this input: a key of the sample's data (`image` for image adapters), or a fact
    of the image: `source_size`, `input_size` (height, width), `source_width_height`,
    `input_width_height`, `scale_factor` (y, x), `im_info`."""
    value: float | int | list[Any] | None = None
    """A constant that replaces the input; the result then does not have this input. A number fills
    the whole shape, with open dimensions of size 1."""


class Model(Section):
    """The model to calibrate."""

    path: AnchoredPath
    """OpenVINO IR (.xml) or ONNX (.onnx); also .tflite, .pdmodel, .pb and saved models.
    With PyTorch an exported program (.pt2), TorchScript (.pt, .pth, .ts), or a function that builds
    a module, `package.module:function` or `file.py:function`: reading these executes their code."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the function that `path` names."""
    weights: AnchoredPath | None = None
    """A state_dict for the module that the function builds: .pt or .pth, loaded as weights only,
    or .safetensors."""
    remove_quantizers: bool = False
    """Whether the quantizers of a model that is already quantized are removed, so that it can be
    quantized again; by default such a model is refused. Errors of the earlier rounding remain."""
    keep_dynamic: bool = True
    """Whether the result has the open dimensions of the model, if there are any: it is calibrated
    and measured at the shapes of the samples, and run at two further shapes. `false` writes a model
    with static shapes."""
    inputs: dict[str, ModelInput] = Field(default_factory=dict)
    """Settings by input name; needed only where an error message asks for them."""
    name: str | None = None
    """The name in reports and of the written files; the file's stem by default."""


class Dataset(Section):
    """A dataset description; it may be in a separate file (`dataset: ../datasets/x.yaml`)."""

    name: str | None = None
    """The name in reports."""
    description: str = ""
    """A description of the dataset."""
    licence: str = ""
    """The terms under which the dataset may be used."""
    obtain: str = ""
    """How to get the dataset."""
    adapter: ComponentSpec
    """The adapter that reads the dataset."""
    subsample_size: int | None = Field(default=None, ge=2)
    """Number of samples to draw; all by default."""
    subsample_seed: int = Field(default=0, ge=0)
    """The seed of the draw and of the split into sets."""
    bad_samples: Literal["error", "skip"] = "error"
    """Whether a corrupt image, a missing file or a label out of range is an error, or the sample is
    skipped."""


class DecoderSpec(ComponentSpec):
    """One of several decoders."""

    name: str = Field(min_length=1)
    """The name of the decoder in metrics and reports."""


def _decoder_form(value: object) -> str:
    return "several" if isinstance(value, list | tuple) else "single"


DecoderSpecs = Annotated[
    Annotated[ComponentSpec, Tag("single")]
    | Annotated[tuple[DecoderSpec, ...], Tag("several"), Field(min_length=1)],
    Discriminator(_decoder_form),
]


class MetricSpec(ComponentSpec):
    """A metric, with its own budget where that differs from `budget`."""

    max_drop: float | None = Field(default=None, ge=0)
    """Overrides `budget.max_drop` for this metric."""
    drop_type: DropType | None = None
    """Overrides `budget.drop_type` for this metric."""
    reference: float | None = None
    """The published value; FP32's value is compared with it, to detect wrong preprocessing."""
    abs_threshold: float | None = Field(default=None, ge=0)
    """Largest allowed difference of FP32's value from `reference`; 0.01 by default."""
    decoder: str | None = None
    """The name of the decoder whose predictions the metric evaluates, if there are several."""


class Budget(Section):
    """How much accuracy the INT8 model may lose against FP32."""

    max_drop: float = Field(default=0.01, ge=0)
    """In the metric's own unit: 0.01 is one percentage point of accuracy."""
    drop_type: DropType = "absolute"
    """`relative`: `max_drop` is a share of the FP32 value."""
    accept: Literal["estimate", "confident"] = "estimate"
    """`confident`: the upper end of the drop's interval has to be within budget too."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Confidence of the interval that is stated with every drop."""
    refusal_confidence: float = Field(default=0.8, ge=0.5, lt=1)
    """With `accept: estimate`, a model is refused even if its estimate is within budget, if the
    counted drop alone is over budget at this one-sided confidence."""


class Split(Section):
    """The samples that calibrate, choose and judge; calibration and search may share samples."""

    calibration: int | None = Field(default=None, ge=1)
    """Number of samples that set the ranges; `quantization.subset_size` by default."""
    acceptance: float = Field(default=0.5, gt=0, lt=1)
    """Share of the samples that only judge the result; the others choose recipe and layers."""
    cross_fit: Literal["auto"] | bool = "auto"
    """Whether each half of the samples judges the choice of the other half, so that all samples
    choose and judge, and none judges a choice in which its label took part. `auto`: with fewer than
    1,000 samples, unless `acceptance` is given."""


class FineTuning(Section):
    """How long INT8 may be fine-tuned."""

    minutes: float = Field(default=10.0, gt=0)
    """Minutes of processor time, for all variants together."""
    updates: int | None = Field(default=None, ge=1)
    """Number of updates of the weights, instead of a time limit: the result is then the same on all
    machines with the same CPU. By default as many as the minutes allow, at most 400."""


def _off(value: object) -> object:
    """YAML 1.1 reads `off` as false."""
    return "off" if value is False else value


class Search(Section):
    """How the layers that fall back are chosen, and how long it may take."""

    objective: Literal["latency", "throughput", "size"] = "latency"
    """The quantity to minimize within the budget: milliseconds or bytes. `throughput` searches like
    `latency`, and the result has to have at least the throughput of FP32."""
    recipes: Literal["default", "auto", "thorough"] = "auto"
    """Quantization recipes to try. `default`: only that of the config; `auto`: also those that take
    about a second; `thorough`: also the slower ones, if none of these is within budget."""
    finetune: Annotated[Literal["auto", "off"] | FineTuning, BeforeValidator(_off)] = "off"
    """Whether INT8 is fine-tuned without labels if no recipe is within the budget, before layers
    fall back: `auto` for at most ten minutes of processor time, `{minutes: N}`, or `off`. Needs
    PyTorch."""
    ranking_subset_size: int = Field(default=32, ge=1)
    """Number of search samples on which each group's sensitivity is measured."""
    max_num_iterations: int | None = Field(default=None, ge=1)
    """Maximum number of candidates that one walk along the front evaluates."""
    acceptance_looks: int = Field(default=4, ge=1, le=10)
    """Most candidates judged on the acceptance samples; a larger number widens the intervals."""
    allow_implausible: bool = False
    """Whether to continue if the floating-point model is no better than the same answer for every
    sample, or if the budget would allow such a model."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds after which the search ends with the best result so far."""
    warm_start: AnchoredPath | None = None
    """The report.json of an earlier run, whose choice of layers is tried first."""
    memory_limit: int | None = Field(default=None, ge=256)
    """Memory limit in MiB of the run and its helper processes. At most half of it (256 MiB without
    a limit) holds samples; the other samples are read from disk. A run that needs more than the
    limit by a low estimate is refused before it begins."""


class Deployment(Section):
    """How the result will be run."""

    inference_precision: Literal["auto", "f32", "bf16", "f16"] = "auto"
    """The type in which floating-point layers run, as OpenVINO's `INFERENCE_PRECISION_HINT`. `auto`
    is the choice of the CPU plugin on this CPU: BF16 or FP16 where it has kernels for them, else
    FP32. The model is judged, timed, certified and verified in this type."""
    timing_host: str | None = None
    """Name or host of the `--cluster` worker on whose machine `calibrate run` measures times while
    other tasks there pause. It needs the instruction set of the machine that executes the run,
    where times are measured by default."""


class Output(Section):
    """Where the results are written."""

    dir: AnchoredPath
    """Folder for the model, the reports and the work folder."""
    name: str | None = None
    """Name of the written files without suffix; the model's name by default."""
    compress_to_fp16: bool = False
    """Whether the weights of layers that fell back are stored as FP16, in half the space. The model
    is judged with these weights; a result in which nothing is quantized keeps its weights."""
    reports: tuple[Literal["json", "junit", "markdown", "html"], ...] = ("json", "html")
    """Report files to write besides the model; `report.json` is always written."""


class RunConfig(Section):
    """A whole run: model, data and budget."""

    model: Model
    """The model to calibrate."""
    dataset: Dataset
    """The samples; a mapping, or the path of a YAML file with the mapping."""
    calibration: Dataset | None = None
    """Further samples that set the ranges and that fine-tuning uses; they need no labels. A
    mapping, or the path of a YAML file with the mapping. The samples of `dataset` then only choose
    and judge. By default samples of `dataset` set the ranges."""
    preprocessing: tuple[ComponentSpec, ...] = ()
    """The steps from the decoded sample to the model's inputs, in order."""
    decoder: DecoderSpecs
    """The decoder, which turns the model's outputs into predictions.
    A model with several heads has a list of decoders with names; each metric names its decoder."""
    metrics: tuple[MetricSpec, ...] = Field(min_length=1)
    """The metrics, each of which has to stay within its budget."""
    quantization: Quantization = Quantization()
    """How to quantize."""
    budget: Budget = Budget()
    """How much accuracy may be lost."""
    split: Split = Split()
    """How the samples are divided."""
    search: Search = Search()
    """How layers are chosen."""
    targets: tuple[TargetName, ...] = ()
    """Further CPUs on which the model has to stay within budget, by instruction set. An instruction
    set that this machine supports is executed natively, in a process limited to it; one with VNNI
    that this machine lacks is simulated: values are rounded as INT8 and multiplied in FP32, which
    cannot saturate. Floating point runs in the type of the target (BF16 where it has it), simulated
    by rounding if this CPU lacks the type. Times are those of this CPU."""
    deployment: Deployment = Deployment()
    """How the result will be run."""
    output: Output
    """Where the results are written."""
