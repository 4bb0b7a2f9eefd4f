"""The report's sections on speed, memory, deployment and machine."""

from calibrate.report.facts import Record


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
    """Peak memory of a separate process that loads and runs it; None where it was not measured."""


class EnvironmentFacts(Record):
    """The machine and the versions of the run."""

    cpu: str
    """Model name."""
    cores: int
    """Number of cores that the process may use."""
    instruction_set: str
    """What the CPU plugin uses: sse41, avx2, avx512_core, avx512_core_vnni, …."""
    vnni: bool
    """Whether INT8 products are summed without saturation."""
    memory_bytes: int
    """Memory of the machine."""
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


class TimingMachineFacts(Record):
    """Another machine, on which the models were timed."""

    worker: str
    """Label of the worker there."""
    host: str
    """Name of the machine."""
    cpu: str
    """Model name; the instruction set is that of `environment`."""
    cores: int
    """Number of cores that the worker may use."""


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
    timing_machine: TimingMachineFacts | None = None
    """The machine on which they were timed, named by `deployment.timing_host`; None for that of
    `environment`."""
