"""Build the report's record of speed, size and memory of one model."""

from calibrate.context.footprints import Footprint
from calibrate.core.precision import ComputeType
from calibrate.report.performance_section import Performance
from calibrate.runtime.benchmark import Timing


def performance(
    timing: Timing,
    footprint: Footprint | None,
    compute_type: ComputeType = "f32",
    *,
    deployed_float: Timing | None = None,
) -> Performance:
    """Return the performance record of a model.

    Args:
        timing: timing interleaved with those of the other models.
        footprint: footprint of the same model; None where it was not measured.
        compute_type: compute type of its floating-point operations.
        deployed_float: timing of floating point as deployed, where that is not FP32.
    """
    over_float, interval = (None, None) if deployed_float is None else timing.over(deployed_float)
    return Performance(
        latency_ms=timing.latency_ms,
        latency_low_ms=timing.latency_low_ms,
        latency_high_ms=timing.latency_high_ms,
        throughput=timing.throughput,
        speedup=timing.speedup,
        speedup_interval=timing.interval,
        speedup_over_float=over_float,
        speedup_over_float_interval=interval,
        inference_precision=compute_type,
        file_bytes=None if footprint is None else footprint.files,
        peak_memory_bytes=None if footprint is None else footprint.peak,
    )
