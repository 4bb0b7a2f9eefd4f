"""Probe a run on a few images, and tell what all of it will cost; nothing is written."""

import time
from collections.abc import Mapping
from pathlib import Path

from calibrate.commands.estimate.arithmetic import full_search, plain_passes, resident, total
from calibrate.commands.estimate.inputs import Effort, Sets
from calibrate.commands.estimate.probe import probe
from calibrate.config.resolved import Resolved
from calibrate.context.dataset import DEFAULT_MEMORY, is_crossed
from calibrate.context.performance import SECONDS
from calibrate.core.costs import Spent
from calibrate.core.progress import Progress
from calibrate.core.temporary import temporary_folder
from calibrate.report.commands.estimate import Course, EstimateReport
from calibrate.report.search_section import StageCost


def estimate(resolved: Resolved, progress: Progress) -> EstimateReport:
    """Read, decode, quantize and infer a little, and extrapolate to the whole run.

    Raises:
        CalibrateError: anything wrong with the input.
    """
    begun = time.perf_counter()
    config = resolved.config
    with temporary_folder() as folder:
        found = probe(resolved, progress, Path(folder))
    count, tried = found.listed, found.probe
    sets = _sets(resolved, count)
    search = config.search
    effort = Effort(search.ranking_subset_size, search.max_num_iterations, SECONDS)
    limit = (search.memory_limit or 2 * DEFAULT_MEMORY) << 19
    return EstimateReport(
        first=found.first.name,
        plain=_course(plain_passes(tried, sets, effort)),
        full=_course(full_search(tried, sets, effort)),
        peak_memory_bytes=_peak() + resident(limit, found.inputs * count, found.others * count),
        beside_memory_bytes=found.child,
        samples=count,
        groups=tried.groups,
        timeout=search.timeout,
        probe_seconds=time.perf_counter() - begun,
    )


def _sets(resolved: Resolved, count: int) -> Sets:
    """About as `divide` does, which has to see the images."""
    config = resolved.config
    wanted = config.split.calibration or config.quantization.subset_size
    looked_at = [
        one.subset_size if one.wants_images else 0
        for precision in config.quantization.precision_values
        if precision.compresses_weights
        for one in [config.quantization.compressions[precision.name]]
    ]

    def compression(calibration: int) -> int:
        return sum(min(most, calibration) for most in looked_at)

    if is_crossed(config.split, count):
        calibration = min(wanted, count)
        half = count - round(count / 2)
        return Sets(count, calibration, half, count, 2, compression(calibration))
    acceptance = round(count * config.split.acceptance)
    rest = count - acceptance
    calibration = min(wanted, rest)
    search = rest - calibration if rest - calibration >= 2 * wanted else rest
    compressed = compression(calibration)
    return Sets(search + acceptance, calibration, search, acceptance, 1, compressed)


def _course(stages: Mapping[str, Spent]) -> Course:
    spent = total(stages)
    return Course(
        seconds=spent.seconds,
        compilations=spent.compilations,
        inferences=spent.inferences,
        stages={
            name: StageCost(
                seconds=one.seconds, compilations=one.compilations, inferences=one.inferences
            )
            for name, one in stages.items()
        },
    )


def _peak() -> int:
    """Bytes, resident, that this process has had at most; the probe did all that a run does."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
