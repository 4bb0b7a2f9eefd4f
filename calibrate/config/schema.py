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
    """What the tool cannot find out about one input of the model."""

    shape: tuple[int, ...] | None = None
    """Static shape with the batch, for models that leave dimensions open."""
    layout: Layout | None = None
    """Order of the dimensions, by OpenVINO's letters: N batch, C channels, D depth, H height, W
    width, T time; found out from the shape where it is clear. `CN`: the batch comes second."""
    source: str | None = None
    """What feeds this input: a key of the sample's data (`image` for adapters of images), or a fact
    of the image: `source_size`, `input_size` (height, width), `source_width_height`,
    `input_width_height`, `scale_factor` (y, x), `im_info`."""
    value: float | int | list[Any] | None = None
    """Freezes the input: it becomes this constant, and the result has no such input. A number fills
    the whole shape, open dimensions are 1."""


class Model(Section):
    """The model to calibrate."""

    path: AnchoredPath
    """OpenVINO IR (.xml) or ONNX (.onnx); also .tflite, .pdmodel, .pb and saved models. With
    PyTorch an exported program (.pt2), TorchScript (.pt, .pth, .ts), or a function that builds a
    module, `package.module:function` or `file.py:function`: reading these executes their code."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Of the function that `path` names."""
    weights: AnchoredPath | None = None
    """A state_dict for the module that the function builds: .pt or .pth, loaded as weights only,
    or .safetensors."""
    remove_quantizers: bool = False
    """Take a model that is quantized already back to floating point, to quantize it anew; without
    this it is refused. What its rounding has lost stays lost."""
    keep_dynamic: bool = True
    """Give the result the open dimensions of the model, if it has any: calibrated and measured at
    the shapes of the samples, tried at two others. `false` writes a model of static shapes."""
    inputs: dict[str, ModelInput] = Field(default_factory=dict)
    """By input name: only what the tool asks for."""
    name: str | None = None
    """The name in reports and of the written files; the file's stem by default."""


class Dataset(Section):
    """A dataset description; may stand in a file of its own (`dataset: ../datasets/x.yaml`)."""

    name: str | None = None
    """The name in reports."""
    description: str = ""
    """What it is."""
    licence: str = ""
    """Under which terms it may be used."""
    obtain: str = ""
    """How to get it."""
    adapter: ComponentSpec
    """What reads it."""
    subsample_size: int | None = Field(default=None, ge=2)
    """How many samples are drawn; all by default."""
    subsample_seed: int = Field(default=0, ge=0)
    """The seed of the draw and of the split in three sets."""
    bad_samples: Literal["error", "skip"] = "error"
    """What a corrupt image, a missing file or a label out of range does."""


class DecoderSpec(ComponentSpec):
    """One of several decoders."""

    name: str = Field(min_length=1)
    """What metrics and reports call it."""


def _decoder_form(value: object) -> str:
    return "several" if isinstance(value, list | tuple) else "single"


DecoderSpecs = Annotated[
    Annotated[ComponentSpec, Tag("single")]
    | Annotated[tuple[DecoderSpec, ...], Tag("several"), Field(min_length=1)],
    Discriminator(_decoder_form),
]


class MetricSpec(ComponentSpec):
    """A metric, with a budget of its own where it differs from the common one."""

    max_drop: float | None = Field(default=None, ge=0)
    """Overrides `budget.max_drop` for this metric."""
    drop_type: DropType | None = None
    """Overrides `budget.drop_type` for this metric."""
    reference: float | None = None
    """The published value: FP32 is compared with it, to find a wrong preprocessing early."""
    abs_threshold: float | None = Field(default=None, ge=0)
    """How far FP32 may be from `reference`; 0.01 unless given."""
    decoder: str | None = None
    """The name of the decoder whose predictions it evaluates, where the config lists several."""


class Budget(Section):
    """How much accuracy the INT8 model may lose against FP32."""

    max_drop: float = Field(default=0.01, ge=0)
    """In the metric's own unit: 0.01 is one percentage point of accuracy."""
    drop_type: DropType = "absolute"
    """`relative`: `max_drop` is a share of the FP32 value."""
    accept: Literal["estimate", "confident"] = "estimate"
    """`confident`: the upper end of the drop's interval has to be within budget too."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of the interval that is stated with every drop."""
    refusal_confidence: float = Field(default=0.8, ge=0.5, lt=1)
    """`accept: estimate` still refuses a model if the counted drop alone is over budget at this
    one-sided confidence, whatever the estimate says."""


class Split(Section):
    """Which images calibrate, choose and judge; calibration may share images with search."""

    calibration: int | None = Field(default=None, ge=1)
    """Images that set the ranges; `quantization.subset_size` by default."""
    acceptance: float = Field(default=0.5, gt=0, lt=1)
    """Share of the images that only judge the result; what remains chooses the layers."""
    cross_fit: Literal["auto"] | bool = "auto"
    """Whether each half of the images chooses what the other half judges, so that all of them do
    both and none judges a choice that its label had a part in. `auto`: with fewer than 1,000
    images, unless `acceptance` is given."""


class FineTuning(Section):
    """How long INT8 may be fine-tuned."""

    minutes: float = Field(default=10.0, gt=0)
    """Of processor time, all variants together."""
    updates: int | None = Field(default=None, ge=1)
    """Number of updates of the weights, whatever time they take: the result is then the same on
    every machine of one kind. By default as many as the minutes allow, at most 400."""


def _off(value: object) -> object:
    """YAML 1.1 reads `off` as false."""
    return "off" if value is False else value


class Search(Section):
    """How the layers that fall back are chosen, and how long it may take."""

    objective: Literal["latency", "throughput", "size"] = "latency"
    """What is made least within the budget: milliseconds or bytes. `throughput` searches as
    `latency` does, and takes the result only if it has no less throughput than FP32."""
    recipes: Literal["default", "auto", "thorough"] = "auto"
    """Quantization recipes tried: NNCF's default only, more if it misses the budget, all."""
    finetune: Annotated[Literal["auto", "off"] | FineTuning, BeforeValidator(_off)] = "off"
    """Whether INT8 is fine-tuned without labels if no recipe is within the budget, before layers
    fall back: `auto` for at most ten minutes of processor time, `{minutes: N}`, or `off`. Needs
    PyTorch."""
    ranking_subset_size: int = Field(default=32, ge=1)
    """Search images on which each group's sensitivity is measured."""
    max_num_iterations: int | None = Field(default=None, ge=1)
    """Most evaluations of candidates in one walk along the front."""
    acceptance_looks: int = Field(default=4, ge=1, le=10)
    """How often a candidate may be judged on the acceptance images; the interval pays for it."""
    allow_implausible: bool = False
    """Whether to go on where the floating-point model is no better than the same answer for every
    sample, or where the budget would allow such a model."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds after which the best answer so far is taken."""
    warm_start: AnchoredPath | None = None
    """The report.json of an earlier run whose choice of layers is tried first."""
    memory_limit: int | None = Field(default=None, ge=256)
    """MiB of the run and its helper processes, at most half of it for samples (256 by default); the
    rest of them goes to disk. A run that surely needs more is refused before it begins."""


class Deployment(Section):
    """How the result will be run."""

    inference_precision: Literal["auto", "f32", "bf16", "f16"] = "auto"
    """As OpenVINO's `INFERENCE_PRECISION_HINT`: what floating-point layers compute in. `auto` is
    what the CPU plugin chooses on this CPU: BF16 or FP16 where it has kernels for them. Everything
    is judged, timed, certified and verified so."""
    timing_host: str | None = None
    """Name or host of the `--cluster` worker on whose machine `calibrate run` measures times, alone
    there. It needs the instruction set of the machine that makes the run. Unset: times are measured
    where the run is made."""


class Output(Section):
    """Where the results go."""

    dir: AnchoredPath
    """Folder for the model, the reports and the work folder."""
    name: str | None = None
    """Stem of the written files; the model's name by default."""
    compress_to_fp16: bool = False
    """Store floating-point weights of a quantized result as FP16: half the file of what fell back.
    They are judged so; an answer in which nothing is quantized keeps its weights."""
    reports: tuple[Literal["json", "junit", "markdown", "html"], ...] = ("json", "html")
    """Report files beside the model; `report.json` is always written."""


class RunConfig(Section):
    """A whole run: which model, on which data, within which budget."""

    model: Model
    """The model to calibrate."""
    dataset: Dataset
    """The images; a mapping, or the path of a YAML that holds it."""
    calibration: Dataset | None = None
    """Further samples that set the ranges and that INT8 is fine-tuned on; they need no labels. A
    mapping, or the path of a YAML that holds it. The samples of `dataset` then only choose and
    judge. By default the ranges are set by samples of `dataset`."""
    preprocessing: tuple[ComponentSpec, ...] = ()
    """Steps from decoded image to model input, in order."""
    decoder: DecoderSpecs
    """What turns the outputs into predictions.
    A model of several heads has a list of decoders with names, and its metrics name theirs."""
    metrics: tuple[MetricSpec, ...] = Field(min_length=1)
    """What the budget is about."""
    quantization: Quantization = Quantization()
    """How to quantize."""
    budget: Budget = Budget()
    """How much accuracy may be lost."""
    split: Split = Split()
    """How the images are used."""
    search: Search = Search()
    """How layers are chosen."""
    targets: tuple[TargetName, ...] = ()
    """Further CPUs on which the model has to stay within budget, by instruction set. One that this
    machine supports is executed natively, in a process limited to it; one with VNNI that this
    machine lacks is simulated: values are rounded as INT8 and multiplied in FP32, which cannot
    saturate. Floating point runs in the type that the target computes in (BF16 where it has it),
    by rounding where this CPU lacks it. Times are those of this CPU."""
    deployment: Deployment = Deployment()
    """How the result will be run."""
    output: Output
    """Where results go."""
