"""What each set of precisions gives where floating point is deployed as BF16 or FP16.

    python benchmarks/precision.py configs/zoo_*.yaml --max-drop 0.005 --out precision.json

For each config: floating point as deployed, plain INT8, the search with INT8 and FP32 alone, and
the search with INT8, the reduced float and FP32. Half of the samples choose, the other half, which
no search saw, gives the drop. All models are timed in turn in one process, at the precision at
which they are deployed. Rows are added to the JSON file as they come; a config that is in it is
not measured again.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import openvino as ov

from calibrate.commands.run import run
from calibrate.config.load import load_config
from calibrate.config.resolved import Resolved
from calibrate.context.dataset import choose_items
from calibrate.context.observe_models import SampleSet, observe_first, observe_other
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.report.schema import Report
from calibrate.runtime.benchmark import Settings, compare
from calibrate.runtime.inference_precision import plugin_default
from calibrate.runtime.timing_effort import Effort

FLOAT, PLAIN, TWO, LATTICE = "floating point", "plain INT8", "INT8+FP32", "lattice"


@dataclass(frozen=True)
class Row:
    """One model of one config.

    Attributes:
        config: its name.
        model: which of the four.
        latency_ms: timed in turn with the others.
        interval: 95 % confidence interval of the speed-up against floating point as deployed.
        drops: of each metric against trained FP32, on samples that no search saw.
        groups: how many groups run at what.
    """

    config: str
    model: str
    latency_ms: float
    interval: tuple[float, float]
    drops: dict[str, float]
    groups: dict[str, int]


def half(resolved: Resolved) -> int:
    """How many samples the searches see, so that as many stay unseen."""
    count = len(list(resolved.adapter.items()))
    return min(resolved.config.dataset.subsample_size or count, count) // 2


def measured(config: Path, max_drop: float, seconds: float) -> list[Row]:
    """The four models of a config."""
    whole = load_config(config)
    used = half(whole)
    deployed = plugin_default()
    with tempfile.TemporaryDirectory() as folder:
        reports = {}
        for name, given in ((TWO, ["deployment.inference_precision=f32"]), (LATTICE, [])):
            changes = [
                f"dataset.subsample_size={used}",
                f"output.dir={Path(folder) / name}",
                "output.reports=[json]",
                *given,
            ]
            # Nothing that an earlier search measured may help this one.
            os.environ["XDG_CACHE_HOME"] = str(Path(folder) / f"{name} cache")
            reports[name] = run(
                without_references(load_config(config, overrides=changes), max_drop)
            )
        work = Path(folder) / LATTICE / "work"
        models = {
            FLOAT: ov.Core().read_model(work / "fp32.xml"),
            PLAIN: ov.Core().read_model(work / "int8.xml"),
            **{name: bound(report) for name, report in reports.items()},
        }
        costs = Costs(lambda: 0.0)
        # INT8+FP32 is what a search gives that knows of no other; it is deployed like the others.
        samples = SampleSet(whole, NoProgress(), Path(folder), costs, deployed)
        tensors, _ = samples.tensors(models[FLOAT])
        observed = chosen_samples(config, used)
        unseen = [i for i, facts in enumerate(tensors.facts) if facts.id not in observed]
        first = observe_first(samples, models[FLOAT], unseen, "FP32")
        settings = Settings(types=dict.fromkeys(models, deployed))
        timings = compare(models, tensors, costs, effort=Effort(seconds), settings=settings).timings
        rows = []
        for name, model in models.items():
            other = observe_other(samples, model, first, unseen, title=name, confidence=0.95)
            drops = {
                judged.metric.label: drop.estimate
                for judged, drop in zip(whole.metrics, other.drops, strict=True)
            }
            kinds = [group.precision for group in reports[name].groups] if name in reports else []
            counts = dict(Counter(kinds))
            timing = timings[name]
            rows.append(Row(config.stem, name, timing.latency_ms, timing.interval, drops, counts))
    return rows


def without_references(resolved: Resolved, max_drop: float) -> Resolved:
    """The config with an absolute budget; published values hold for all samples, not for half."""
    metrics = tuple(
        replace(judged, max_drop=max_drop, drop_type="absolute", reference=None)
        for judged in resolved.metrics
    )
    return replace(resolved, metrics=metrics)


def bound(report: Report) -> ov.Model:
    """The written model at the shapes at which it was judged."""
    model = ov.Core().read_model(report.model.written)
    model.reshape({name: list(shape) for name, shape in report.model.inputs.items()})
    return model


def chosen_samples(config: Path, used: int) -> set[str]:
    """Ids of the samples that the searches see."""
    resolved = load_config(config, overrides=[f"dataset.subsample_size={used}"])
    return {item.id for item in choose_items(resolved)}


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| config | model | latency | against floating point | unseen drop | groups |"]
    lines.append("|---|---|---|---|---|---|")
    for row in rows:
        drops = ", ".join(f"{label} {100 * drop:+.2f}" for label, drop in row.drops.items())
        groups = ", ".join(f"{n} {name}" for name, n in row.groups.items())
        low, high = row.interval
        lines.append(
            f"| {row.config} | {row.model} | {row.latency_ms:.2f} ms | {low:.2f} to {high:.2f} | "
            f"{drops} | {groups} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure what the file has not yet, and print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--max-drop", type=float, default=0.005)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--out", type=Path, default=Path("precision.json"))
    given = parser.parse_args()
    if plugin_default() == "f32":
        sys.exit("OpenVINO computes in FP32 by default on this CPU: there is nothing to compare")
    rows = [Row(**row) for row in json.loads(given.out.read_text())] if given.out.exists() else []
    for config in given.configs:
        if config.stem in {row.config for row in rows}:
            continue
        rows += measured(config, given.max_drop, given.seconds)
        given.out.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print(table(rows))


if __name__ == "__main__":
    main()
