"""`calibrate estimate`: probe a run on a few images and predict its cost; nothing is written."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from calibrate.commands.estimate.arithmetic import full_search, plain_passes, resident, total
from calibrate.commands.estimate.inputs import Effort, Sets
from calibrate.commands.estimate.probe import probe
from calibrate.config.resolved import Resolved
from calibrate.config.schema import FineTuning, RunConfig
from calibrate.context.calibration_set import calibration_items
from calibrate.context.dataset import DEFAULT_MEMORY, is_crossed
from calibrate.context.performance import SECONDS
from calibrate.core.costs import Spent
from calibrate.core.progress import Progress
from calibrate.core.temporary import temporary_folder
from calibrate.report.commands.estimate import Course, EstimateReport
from calibrate.report.search_section import StageCost


def estimate(resolved: Resolved, progress: Progress) -> EstimateReport:
    """Read, decode, quantize and infer on a few images, and extrapolate to the whole run.

    Raises:
        CalibrateError: anything wrong with the input.
    """
    begun = time.perf_counter()
    config = resolved.config
    with temporary_folder() as folder:
        probed = probe(resolved, progress, Path(folder))
    count, measured = probed.listed, probed.probe
    sets = _sets(resolved, count)
    search, effort = config.search, effort_of(config)
    limit = (search.memory_limit or 2 * DEFAULT_MEMORY) << 19
    return EstimateReport(
        first=probed.first.name,
        plain=_course(plain_passes(measured, sets, effort)),
        full=_course(full_search(measured, sets, effort)),
        peak_memory_bytes=_peak() + resident(limit, probed.inputs * count, probed.others * count),
        beside_memory_bytes=probed.child,
        samples=count,
        groups=measured.groups,
        timeout=search.timeout,
        probe_seconds=time.perf_counter() - begun,
    )


def effort_of(config: RunConfig) -> Effort:
    """Return the limits that a config sets on the search."""
    search = config.search
    return Effort(
        search.ranking_subset_size,
        search.max_num_iterations,
        SECONDS,
        _tuning_seconds(search.finetune),
    )


def _tuning_seconds(finetune: Literal["auto", "off"] | FineTuning) -> float:
    """Return the limit of the time of fine-tuning; with `updates` too, its minutes are expected."""
    if finetune == "off":
        return 0.0
    limits = finetune if isinstance(finetune, FineTuning) else FineTuning()
    return 60 * limits.minutes


def _sets(resolved: Resolved, count: int) -> Sets:
    """Return approximate sizes of the sets; the exact split depends on the images' contents."""
    config = resolved.config
    wanted = config.split.calibration or config.quantization.subset_size
    separate = len(calibration_items(resolved))
    image_counts = [
        compression_settings.subset_size if compression_settings.wants_images else 0
        for precision in config.quantization.precision_values
        if precision.compresses_weights
        for compression_settings in [config.quantization.compressions[precision.name]]
    ]

    def compression(calibration: int) -> int:
        return sum(min(most, calibration) for most in image_counts)

    if is_crossed(config.split, count):
        calibration = min(wanted, separate or count)
        half = count - round(count / 2)
        return Sets(count, calibration, half, count, 2, compression(calibration), separate)
    acceptance = round(count * config.split.acceptance)
    rest = count - acceptance
    calibration = min(wanted, separate or rest)
    draws = not separate and rest - calibration >= 2 * wanted
    search = rest - calibration if draws else rest
    compressed = compression(calibration)
    return Sets(search + acceptance, calibration, search, acceptance, 1, compressed, separate)


def _course(stages: Mapping[str, Spent]) -> Course:
    spent = total(stages)
    return Course(
        seconds=spent.seconds,
        compilations=spent.compilations,
        inferences=spent.inferences,
        stages={
            name: StageCost(
                seconds=stage.seconds, compilations=stage.compilations, inferences=stage.inferences
            )
            for name, stage in stages.items()
        },
    )


def _peak() -> int:
    """Return the peak resident bytes of this process; the probe does all that a run does."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
