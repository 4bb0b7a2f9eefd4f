"""Build the report's records of the machine, the versions and the cost of a run."""

import platform
from importlib.metadata import version

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.stage import FLOOR
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.report import search_section
from calibrate.report.performance_section import EnvironmentFacts
from calibrate.runtime.cpu import this_cpu
from calibrate.version import __version__


def environment() -> EnvironmentFacts:
    """Return the current machine and versions."""
    cpu = this_cpu()
    return EnvironmentFacts(
        cpu=cpu.name,
        cores=cpu.cores,
        instruction_set=cpu.instruction_set,
        vnni=cpu.vnni,
        memory_bytes=cpu.memory,
        platform=platform.platform(),
        python=platform.python_version(),
        openvino=ov.__version__,
        nncf=version("nncf"),
        calibrate=__version__,
    )


def cluster_facts(workers: EvaluationWorkers | None) -> search_section.ClusterFacts | None:
    """Return the work of a cluster's workers; None if none evaluated for the search."""
    if workers is None or not workers.pool.workers:
        return None
    pool = workers.pool
    return search_section.ClusterFacts(
        evaluations={
            f"{worker.name} on {worker.host}": pool.evaluations.get(worker.name, 0)
            for worker in pool.workers
        },
        repeated=pool.repeated,
        bytes_sent=pool.cluster.traffic.bytes,
        files_sent=pool.cluster.traffic.files,
        cpu_seconds=pool.cpu_seconds,
    )


def cost_facts(costs: Costs, workers: EvaluationWorkers | None = None) -> search_section.CostFacts:
    """Return the costs by stage, with the unavoidable floor and the work of a cluster."""
    total = costs.total
    stages = {
        name.value: search_section.StageCost(
            seconds=spent.seconds, compilations=spent.compilations, inferences=spent.inferences
        )
        for name, spent in costs.stages.items()
    }
    floor = [stages[name] for name in FLOOR if name in stages]
    return search_section.CostFacts(
        seconds=total.seconds,
        compilations=total.compilations,
        inferences=total.inferences,
        floor=search_section.StageCost(
            seconds=sum(stage.seconds for stage in floor),
            compilations=sum(stage.compilations for stage in floor),
            inferences=sum(stage.inferences for stage in floor),
        ),
        stages=stages,
        cluster=cluster_facts(workers),
    )
