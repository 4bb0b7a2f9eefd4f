"""`calibrate estimate`: probe a run on a few images and predict its cost; nothing is written."""

import time
from pathlib import Path
from typing import Literal

from calibrate.commands.estimate.courses import Stages, full_search, plain_passes, total
from calibrate.commands.estimate.inputs import Effort
from calibrate.commands.estimate.probe import probe
from calibrate.commands.estimate.set_sizes import expected_sets
from calibrate.config.resolved import Resolved
from calibrate.config.schema import FineTuning, RunConfig
from calibrate.context.dataset import DEFAULT_MEMORY
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
    sets = expected_sets(resolved, count)
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
        _tuning_seconds(search.finetune),
    )


def _tuning_seconds(finetune: Literal["auto", "off"] | FineTuning) -> float:
    """Return the limit of the time of fine-tuning; with `updates` too, its minutes are expected."""
    if finetune == "off":
        return 0.0
    limits = finetune if isinstance(finetune, FineTuning) else FineTuning()
    return 60 * limits.minutes


def _course(stages: Stages) -> Course:
    spent = total(stages)
    return Course(
        seconds=spent.seconds,
        compilations=spent.compilations,
        inferences=spent.inferences,
        stages={
            name.value: StageCost(
                seconds=stage.seconds, compilations=stage.compilations, inferences=stage.inferences
            )
            for name, stage in stages.items()
        },
    )


def resident(limit: int, inputs: int, others: int) -> int:
    """Return the bytes of samples that stay in memory, as the spill buffer divides it.

    Args:
        limit: bytes.
        inputs: bytes of the inputs of all samples; these are in memory together or not at all.
        others: bytes of annotations and FP32's outputs, of which as many as fit are in memory.
    """
    kept = inputs if inputs <= limit else 0
    return kept + min(limit - kept, others)


def _peak() -> int:
    """Return the peak resident bytes of this process; the probe does all that a run does."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
