"""The whole story: from a config to a written model and its report."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.context.existing_result import is_same, look_at, refuse_worse
from calibrate.context.folder_lock import alone_in
from calibrate.context.footprints import Footprints
from calibrate.context.measurement_store import Shelf
from calibrate.context.performance import performance, timed
from calibrate.context.run_context import lay_ground
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32
from calibrate.core.progress import Progress, Silent
from calibrate.models.certificate import certify
from calibrate.models.write import digest_files, finish_interrupted, write_model, write_text
from calibrate.quantization.postprocessing import find_tail
from calibrate.report.formats.files import Form, files
from calibrate.report.schema import Report
from calibrate.report_builder.activation_ranges import range_facts
from calibrate.report_builder.assemble import Outcome, assemble
from calibrate.report_builder.certificate import certificate
from calibrate.report_builder.prediction_diffs import differences
from calibrate.runtime.background import Beside, beside
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.timing_lock import Paced, Turns
from calibrate.search.loop import best_of, seek
from calibrate.search.mixed_precision import Solver
from calibrate.search.recipe_search import Cures
from calibrate.search.speed_check import settle
from calibrate.search.targets import ways
from calibrate.search.variant_store import Workshop
from calibrate.search.warm_start import read_warm_start
from calibrate.store.machine_cache import MachineCache, cache_folder
from calibrate.store.run_journal import FileJournal


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a run deals with what it finds in its output folder.

    Attributes:
        force: replace the result of another config or model, and a better one.
        wait: wait for another run in the same folder instead of being refused.
        turns: a file that runs side by side share, so that each is alone while it times.
    """

    force: bool = False
    wait: bool = False
    turns: Path | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A run in its folder, with what it may use."""

    resolved: Resolved
    progress: Progress
    clock: Clock
    conduct: Conduct
    shelf: Shelf
    beside: Beside


def run(
    resolved: Resolved,
    progress: Progress | None = None,
    clock: Clock | None = None,
    conduct: Conduct = Conduct(),
) -> Report:
    """Calibrate one model: search, judge, write the IR and `report.json`.

    Everything measured is recorded in the work folder: a run that was stopped by whatever goes
    on where it stopped, and one that was finished is not made again.

    Args:
        resolved: a checked config.
        progress: told what happens; silent by default.
        clock: where time comes from.
        conduct: towards other runs and results.

    Returns:
        The report; whether the budget is met is `report.verdict.passed`.

    Raises:
        CalibrateError: the input or the environment does not allow it; an older result is as it
            was then.
    """
    progress, clock = progress or Silent(), clock or Clock()
    folder = resolved.config.output.dir
    work = folder / "work"
    with alone_in(work, progress, wait=conduct.wait):
        for place in (folder, work, work / "models"):
            finish_interrupted(place)
        with (
            FileJournal(work / "journal", progress.note) as journal,
            beside() as processes,
            Turns(conduct.turns, processes.wait) as turns,
        ):
            machine = MachineCache(cache_folder(os.environ), progress.note)
            shelf = Shelf(work / "models", journal, machine, turns.alone, journal.forget)
            # What others made it wait is no time of this run.
            own = Clock(lambda: clock.monotonic() - turns.waited, clock.now)
            session = Session(resolved, Paced(progress, turns), own, conduct, shelf, processes)
            return _run(session, work)


def _run(session: Session, work: Path) -> Report:
    resolved, progress, clock = session.resolved, session.progress, session.clock
    costs = Costs(clock.monotonic)
    config = resolved.config
    name = config.output.name or config.model.name or config.model.path.stem
    path = config.output.dir / f"{name}.xml"
    begun = clock.monotonic()
    limit = config.search.timeout
    ways(config.targets, this_cpu())  # what cannot be tried here is told before any work
    existing = look_at(path, resolved, progress, force=session.conduct.force)

    start = config.search.warm_start
    first = read_warm_start(start) if start is not None else None
    ground = lay_ground(resolved, costs, progress, work, session.shelf)
    kept = find_tail(ground.prepared.model) if config.quantization.keep_tail else ()

    def expired() -> bool:
        return limit is not None and clock.monotonic() - begun > limit

    workshop = Workshop(ground, kept, expired)
    footprints = Footprints(ground, session.beside, work)
    footprints.begin("fp32", ground.prepared.model)
    workshop.quantize_plain()
    footprints.begin("int8", workshop.model(workshop.plain))
    workshop.observe_plain()
    cures = Cures(workshop)
    solvers = [Solver(workshop, cures, fold, first) for fold in ground.images.folds]
    looks = seek(solvers)

    answer = best_of(looks)
    models = {
        "fp32": ground.prepared.model,
        "int8": workshop.model(workshop.plain),
        "result": workshop.model(answer.candidate),
    }
    with costs.stage("memory"):
        session.beside.wait()
    timings = timed(ground, models)
    answer, note = settle(solvers, answer, timings, models["result"])
    if set(answer.candidate) == {FP32}:
        models["result"], timings["result"] = models["fp32"], timings["fp32"]
    footprints.begin("result", models["result"])
    told = differences(workshop, answer.candidate)
    ranges = range_facts(workshop, answer.candidate)

    outcome = Outcome(
        solver=solvers[0],
        looks=looks,
        answer=answer,
        performance={
            name: performance(timings[name], footprints.of(model)) for name, model in models.items()
        },
        source_digest=digest_files(config.model.path),
        created=clock.now().isoformat(timespec="seconds"),
        notes=(note,) if note else (),
        differences=told,
        ranges=ranges,
    )
    report = assemble(outcome, str(path))
    if existing is not None and existing.report is not None and is_same(existing.report, report):
        _write_reports(existing.report, resolved)
        ground.memory.tidy()
        return existing.report
    refuse_worse(existing, report, path, expired=workshop.expired())
    written = models["result"].clone()
    certify(written, certificate(report, resolved.path.parent))
    progress.stage("Writing")
    write_model(written, path)
    _write_reports(report, resolved)
    ground.memory.tidy()
    return report


def _write_reports(report: Report, resolved: Resolved) -> None:
    """Write `report.json`, which other commands read, and the further forms of the config."""
    output = resolved.config.output
    forms: dict[Form, None] = dict.fromkeys(("json", *output.reports))
    for name, text in files(report, forms).items():
        write_text(text, output.dir / name)
