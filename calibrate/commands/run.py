"""`calibrate run`: from a config to a written model and its report."""

import os
from contextlib import nullcontext
from pathlib import Path

from calibrate.commands.estimate.run_forecast import RunForecast
from calibrate.commands.implausible_base import refuse_implausible_base
from calibrate.commands.report_files import (
    begin_reports,
    earlier_report,
    fail_reports,
    finish_reports,
    forms_of,
)
from calibrate.commands.run_options import Clock, RunOptions, RunSession
from calibrate.commands.written_model import (
    certified_copy,
    is_written,
    opened_model,
    write_certified,
)
from calibrate.config.resolved import Resolved
from calibrate.context.existing_result import find_existing_result
from calibrate.context.folder_lock import lock_folder
from calibrate.context.footprints import Footprints
from calibrate.context.load_source import digest_source
from calibrate.context.run_context import build_context
from calibrate.context.store_backend import StoreBackend
from calibrate.core.costs import Costs
from calibrate.core.progress import CheckedProgress, NoProgress, Progress, ShowsTimeLeft
from calibrate.core.stage import Stage
from calibrate.evaluation.evaluation_cluster import ClusterUse, evaluation_cluster
from calibrate.models.signature import read_private_key
from calibrate.models.write import finish_interrupted
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.report.schema import Report
from calibrate.report_builder.activation_ranges import range_facts
from calibrate.report_builder.assemble import build_brief_report, build_report
from calibrate.report_builder.existing_report import is_same, refuse_worse
from calibrate.report_builder.layer_errors import group_errors
from calibrate.report_builder.outcome import ReportParts, SearchOutcome
from calibrate.report_builder.prediction_diffs import prediction_diffs
from calibrate.report_builder.sections import Sections
from calibrate.report_builder.sensitivities import report_sensitivities
from calibrate.report_builder.warm_start import read_warm_start
from calibrate.runtime.background import background_tasks
from calibrate.runtime.cpu import this_cpu
from calibrate.runtime.executors.worker_folder import machine_timing_lock
from calibrate.runtime.inference_precision import deployed_type
from calibrate.runtime.memory_limit import MemoryGuard
from calibrate.runtime.timer import ThisMachine
from calibrate.runtime.timing_lock import TimingLock
from calibrate.search.folds import Folds
from calibrate.search.loop import LoopOptions, best_round, search_until_accepted
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.plain_variant import observe_plain, quantize_plain
from calibrate.search.recipe_search import RecipeSearch
from calibrate.search.targets import target_executions
from calibrate.search.timed_answer import time_answer
from calibrate.search.variant_store import VariantStore
from calibrate.search.warm_start import WarmStart
from calibrate.store.machine_cache import MachineCache, cache_folder
from calibrate.store.run_journal import JOURNAL_NAME, FileJournal


def run(
    resolved: Resolved,
    progress: Progress | None = None,
    clock: Clock | None = None,
    conduct: RunOptions | None = None,
) -> Report:
    """Calibrate one model: search, evaluate, write the IR and `report.json`.

    Everything measured is recorded in the work folder: a run that was stopped resumes where it
    stopped, and a finished run is not repeated.

    Args:
        resolved: a checked config.
        progress: reports the stages; silent by default.
        clock: clock of the run.
        conduct: options of the run; by default those of `RunOptions()`.

    Returns:
        The report; whether the budget is met is `report.verdict.passed`.

    Raises:
        CalibrateError: the input or the environment does not allow it; an older model stays
            unchanged, and every report file contains the error.
    """
    progress, clock = progress or NoProgress(), clock or Clock()
    conduct = conduct or RunOptions()
    folder = resolved.config.output.dir
    work = folder / "work"
    with lock_folder(work, progress, wait=conduct.wait):
        for place in (folder, work, work / "models"):
            finish_interrupted(place)
        with (
            FileJournal(work / JOURNAL_NAME, progress.note) as journal,
            background_tasks() as processes,
            TimingLock(_timing_lock(conduct), processes.wait) as timing_lock,
            evaluation_cluster(_use(resolved, conduct), progress.note) as workers,
        ):
            timer = workers.timing if workers is not None else None
            if timer is not None:
                timer.apart = timing_lock.apart
            machine = MachineCache(cache_folder(os.environ), progress.note)
            backend = StoreBackend(
                work / "models",
                journal,
                machine,
                timing_lock.alone if timer is None else nullcontext,
                journal.forget,
                conduct.retime,
                timer or ThisMachine(),
            )

            def seconds() -> float:
                """Return the time without that spent waiting for other runs."""
                waited = timing_lock.waited + (timer.waited if timer is not None else 0.0)
                return clock.monotonic() - waited

            guard = MemoryGuard(resolved.config.search.memory_limit)
            run_clock = Clock(seconds, clock.now)
            session = RunSession(
                resolved,
                CheckedProgress(CheckedProgress(progress, timing_lock.pause), guard.check),
                run_clock,
                conduct,
                backend,
                processes,
                workers,
                progress.expect if isinstance(progress, ShowsTimeLeft) else lambda _: None,
            )
            return _with_reports(session, work)


def _use(resolved: Resolved, conduct: RunOptions) -> ClusterUse:
    """Return the tasks of workers; helpers are connected only if the config needs them."""
    config = resolved.config
    host = config.deployment.timing_host
    if conduct.cluster is not None or not (host or config.targets):
        return ClusterUse(conduct.cluster, conduct.workers, host)
    return ClusterUse(conduct.helpers, (), host, evaluates=False)


def _timing_lock(conduct: RunOptions) -> Path | None:
    """Return the lock to time under: workers on this machine pause meanwhile."""
    if conduct.timing_lock is not None or conduct.cluster is None:
        return conduct.timing_lock
    return machine_timing_lock()


def _with_reports(session: RunSession, work: Path) -> Report:
    """Run, and keep every report file up to date with the state of the run."""
    config = session.resolved.config
    folder, forms = config.output.dir, forms_of(session.resolved)
    model = config.model.name or config.model.path.stem
    try:
        # Read before `begin_reports`, which may replace either file.
        start = config.search.warm_start
        first = read_warm_start(start) if start is not None else None
        earlier = earlier_report(folder)
        begin_reports(folder, forms, model)
        return _run(session, work, first, earlier)
    except BaseException as error:
        fail_reports(folder, forms, model, error)
        raise


def _run(
    session: RunSession, work: Path, first: WarmStart | None, earlier: Report | None
) -> Report:
    resolved, progress, clock = session.resolved, session.progress, session.clock
    costs = Costs(clock.monotonic)
    config = resolved.config
    name = config.output.name or config.model.name or config.model.path.stem
    path = config.output.dir / f"{name}.xml"
    begun = clock.monotonic()
    limit = config.search.timeout
    # Refuse unsupported targets and precisions before any work.
    target_executions(
        config.targets,
        this_cpu(),
        config.deployment.inference_precision,
        elsewhere=session.workers.by_instruction_set if session.workers is not None else (),
    )
    deployed_type(config.deployment.inference_precision)
    if session.conduct.sign is not None:
        read_private_key(session.conduct.sign)  # reports a wrong key before any work
    existing = find_existing_result(path, resolved, progress, force=session.conduct.force)

    context = build_context(resolved, costs, progress, work, session.backend)
    refuse_implausible_base(context)
    kept = find_postprocessing(context.baseline.model) if config.quantization.keep_tail else ()

    def expired() -> bool:
        return limit is not None and clock.monotonic() - begun > limit

    variant_store = VariantStore(context, kept, expired, session.workers)
    session.expect(RunForecast(variant_store).left)
    footprints = Footprints(context.store, session.beside, work)
    footprints.begin("fp32", context.baseline.model)
    quantize_plain(variant_store)
    footprints.begin("int8", variant_store.model(variant_store.plain))
    variant_store.exclude_unequal_workers()
    observe_plain(variant_store)
    recipe_search = RecipeSearch(variant_store)
    searches = [
        MixedPrecisionSearch(variant_store, recipe_search, fold, first)
        for fold in context.data.folds
    ]
    options = LoopOptions(config.search.acceptance_looks, config.budget.accept == "estimate")
    rounds = search_until_accepted(Folds(searches), options)

    answer = best_round(rounds)
    with costs.stage(Stage.MEMORY):
        session.beside.wait()
    timed = time_answer(searches, rounds, answer)
    answer, models = timed.answer, timed.shown
    with costs.stage(Stage.OPEN_DIMENSIONS):
        opened = opened_model(context, models["result"])
    outcome = SearchOutcome(
        mixed_precision_search=searches[0],
        timed=timed,
        executed=variant_store.executed(answer.candidate),
        source_digest=digest_source(config.model),
        created=clock.now().isoformat(timespec="seconds"),
        opened=opened,
    )
    # The model comes first; a section of the report that fails costs that section alone.
    sections = Sections(work, progress)
    brief = build_brief_report(outcome, str(path), sections)
    refuse_worse(existing, brief, path, expired=variant_store.expired())
    written = certified_copy(opened.model, brief, resolved)
    progress.stage("Writing")
    if existing is None or not is_written(existing, written, session.conduct.sign):
        write_certified(written, path, session.conduct.sign)

    for label, model in models.items():
        footprints.begin(label, model)
    report = build_report(
        brief,
        outcome,
        sections,
        ReportParts(
            footprints=lambda: {name: footprints.of(model) for name, model in models.items()},
            differences=lambda: prediction_diffs(
                context,
                variant_store.model(answer.candidate),
                variant_store.observed(answer.candidate),
            ),
            ranges=lambda: range_facts(
                context,
                variant_store.composition.variants,
                answer.candidate,
                variant_store.measured.damages,
            ),
            layer_errors=lambda: group_errors(
                context, variant_store.composition.variants, answer.candidate
            ),
            sensitivities=lambda: report_sensitivities(variant_store),
        ),
    )
    if earlier is not None and is_same(earlier, report):
        report = earlier
    finish_reports(report, resolved, progress)
    context.store.tidy()
    return report
