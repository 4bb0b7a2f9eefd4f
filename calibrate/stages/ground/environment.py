"""Facts of the machine, the versions, and what a run spent."""

import platform
from importlib.metadata import version

import openvino as ov

from calibrate.contracts.costs import FLOOR, Costs
from calibrate.model.cpu import this_cpu
from calibrate.report import record, searched
from calibrate.version import __version__


def environment() -> record.EnvironmentFacts:
    """The machine and versions, as they are now."""
    cpu = this_cpu()
    return record.EnvironmentFacts(
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


def cost_facts(costs: Costs) -> searched.CostFacts:
    """The ledger, with the floor that nobody can avoid."""
    total = costs.total
    stages = {
        name: searched.StageCost(
            seconds=spent.seconds, compilations=spent.compilations, inferences=spent.inferences
        )
        for name, spent in costs.stages.items()
    }
    floor = [stages[name] for name in FLOOR if name in stages]
    return searched.CostFacts(
        seconds=total.seconds,
        compilations=total.compilations,
        inferences=total.inferences,
        floor=searched.StageCost(
            seconds=sum(stage.seconds for stage in floor),
            compilations=sum(stage.compilations for stage in floor),
            inferences=sum(stage.inferences for stage in floor),
        ),
        stages=stages,
    )
