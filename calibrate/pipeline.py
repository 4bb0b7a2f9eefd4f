"""The whole story: from a config to a written model and its report."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.contracts.candidate import FP32, INT8, Candidate
from calibrate.contracts.costs import Costs
from calibrate.contracts.progress import Progress, Silent
from calibrate.model.certificate import certify
from calibrate.model.write import digest_files, write_model, write_text
from calibrate.quantize.tail import find_tail
from calibrate.report.record import Report
from calibrate.stages.accept import best_of, seek
from calibrate.stages.assemble import Outcome, assemble
from calibrate.stages.certificate import certificate
from calibrate.stages.ground import lay_ground
from calibrate.stages.perform import measure
from calibrate.stages.settle import settle
from calibrate.stages.solve import Solver


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def run(resolved: Resolved, progress: Progress | None = None, clock: Clock | None = None) -> Report:
    """Calibrate one model: search, judge, write the IR and `report.json`.

    Args:
        resolved: a checked config.
        progress: told what happens; silent by default.
        clock: where time comes from.

    Returns:
        The report; whether the budget is met is `report.verdict.passed`.

    Raises:
        CalibrateError: the input or the environment does not allow it; nothing is written then.
    """
    progress, clock = progress or Silent(), clock or Clock()
    costs = Costs(clock.monotonic)
    config = resolved.config
    name = config.output.name or config.model.name or config.model.path.stem
    begun = clock.monotonic()
    limit = config.search.timeout
    work = config.output.dir / "work"

    ground = lay_ground(resolved, costs, progress, work)
    kept = find_tail(ground.prepared.model) if config.quantization.keep_tail else ()
    solver = Solver(ground, kept, lambda: limit is not None and clock.monotonic() - begun > limit)
    solver.quantize_plain()
    solver.try_plain()
    looks = seek(solver)

    answer = best_of(looks)
    models = {
        "fp32": ground.prepared.model,
        "int8": solver.model(Candidate.uniform(solver.groups, INT8)),
        "result": solver.model(answer.candidate),
    }
    performance = measure(ground, models, work)
    answer, note = settle(solver, answer, performance, models["result"])
    if set(answer.candidate) == {FP32}:
        performance["result"] = performance["fp32"]
    result = solver.model(answer.candidate)

    outcome = Outcome(
        solver=solver,
        looks=looks,
        answer=answer,
        performance=performance,
        source_digest=digest_files(config.model.path),
        created=clock.now().isoformat(timespec="seconds"),
        notes=(note,) if note else (),
    )
    path = config.output.dir / f"{name}.xml"
    report = assemble(outcome, str(path))
    written = result.clone()
    certify(written, certificate(report))
    progress.stage("Writing")
    write_model(written, path)
    write_text(report.model_dump_json(indent=2) + "\n", config.output.dir / "report.json")
    return report


def load_report(path: Path) -> Report:
    """A report as `report.json` holds it."""
    return Report.model_validate_json(path.read_text(encoding="utf-8"))
