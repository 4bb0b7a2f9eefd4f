"""Markdown, short enough for a comment on a pull request."""

from collections.abc import Iterable, Sequence

from calibrate.core.text import capitalized
from calibrate.report import numbers, phrases, verdict_text
from calibrate.report.cost_column import cost_column
from calibrate.report.dimensions import dimensions
from calibrate.report.fallback import fallbacks
from calibrate.report.formats.escape import code, markdown
from calibrate.report.outcomes import STYLES
from calibrate.report.schema import Report
from calibrate.report.targets import on_cpus

_LAYERS = 10


def render_markdown(report: Report) -> str:
    """Render verdict, numbers, fallbacks and next steps; details are in a collapsed section."""
    mark = verdict_text.style(report).mark
    parts = [
        f"### {mark} {markdown(verdict_text.headline(report))}: {markdown(report.model.name)}",
        *(_sentence(report, label) for label in report.metrics),
        verdict_text.cross_fitting(report),
        _metrics(report),
        _targets(report),
        _performance(report),
        markdown(f"{phrases.layers(report)}. {capitalized(phrases.speed(report))}."),
        _how_to_run(report),
        *(f"> {markdown(note)}" for note in report.notes),
        *(f"**Next:** {markdown(step)}" for step in report.verdict.next_steps),
        _details(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(report: Report, label: str) -> str:
    drop = verdict_text.drop_sentence(report, label)
    return (
        f"{code(label)} {markdown(drop)}. {markdown(verdict_text.reason_sentence(report, label))}"
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Render a table of a text column and numeric ones; the caller escapes the cells."""
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _metrics(report: Report) -> str:
    models = phrases.models(report)
    titles = [f"on {verdict_text.judges(report)}", *map(markdown, models.values())]
    titles += ["drop counted", f"{verdict_text.confidence(report)} interval"]
    titles += ["drop estimated", "budget", ""]
    rows = []
    for label, facts in report.metrics.items():
        verdict = verdict_text.judged(report, label)
        by_model = {"fp32": facts.fp32, "float": facts.float, "int8": facts.int8}
        values = [
            numbers.value(scores["acceptance"].value, facts.unit) if scores else ""
            for scores in (by_model.get(name, facts.result) for name in models)
        ]
        drops = [numbers.visible_drop(verdict.drop.estimate, facts.unit)]
        exact = verdict.outcome == "floating_point"
        bounds = (verdict.drop.low, verdict.drop.high)
        drops += ["" if exact else numbers.interval(bounds, facts.unit, budget=verdict.max_drop)]
        drops += ["" if exact else numbers.visible_drop(verdict.estimate, facts.unit)]
        mark = STYLES[verdict.outcome].mark
        rows.append([code(label), *values, *drops, numbers.budget(facts), mark])
    return _table(titles, rows)


def _targets(report: Report) -> str:
    """Render the table of further target CPUs; empty if the config names none."""
    rows = [
        [
            markdown(f"{on_cpu.target}, {on_cpu.how}"),
            code(on_cpu.label),
            on_cpu.drop,
            on_cpu.interval,
            on_cpu.estimated,
            on_cpu.style.mark,
        ]
        for on_cpu in on_cpus(report)
    ]
    confidence = verdict_text.confidence(report)
    titles = ["for the CPU", "metric", "drop counted", f"{confidence} interval"]
    titles += ["drop estimated", ""]
    return _table(titles, rows) if rows else ""


def _performance(report: Report) -> str:
    models = phrases.models(report)
    measured = [report.performance[name] for name in models]
    return _table(
        [markdown(phrases.timed_on(report)), *map(markdown, models.values())],
        [
            ["latency", *(numbers.milliseconds(model.latency_ms) for model in measured)],
            [
                "speed-up",
                *(f"{phrases.latency_ratio(measured[0], model):.2f}×" for model in measured),
            ],
            ["throughput", *(f"{model.throughput:.0f}/s" for model in measured)],
            ["file", *(numbers.size(model.file_bytes) for model in measured)],
        ],
    )


def _how_to_run(report: Report) -> str:
    text = phrases.how_to_run(report)
    return f"Run it with {code(text)}." if text else ""


def _details(report: Report) -> str:
    costs = cost_column(report)
    ranked = sorted(fallbacks(report), key=lambda fallback: -fallback.avoided)
    rows = [
        [
            code(fallback.group.name),
            markdown(costs.reason(fallback.group.reason)),
            f"{100 * fallback.avoided_share:.1f} %" if fallback.measured else "",
            costs.amount_text(fallback.given_up) if fallback.timed else "",
        ]
        for fallback in ranked[:_LAYERS]
    ]
    table = _table(["in FP32", "because of", "damage avoided", f"{costs.noun} given up"], rows)
    rest = f"and {len(ranked) - _LAYERS} more" if len(ranked) > _LAYERS else ""
    dataset, versions = report.dataset, report.environment
    samples = (
        f"{dataset.acceptance} samples that choose and judge by turns"
        if dataset.folds > 1
        else f"{dataset.search} search and {dataset.acceptance} acceptance samples"
    )
    calibrated = (
        f"; {dataset.calibration} calibration samples of {markdown(dataset.calibration_dataset)}"
        if dataset.calibration_dataset
        else ""
    )
    facts = [
        f"- {markdown(dataset.name)}: {samples}, seed {dataset.seed}{calibrated}",
        *(
            [f"- {markdown(report.model.model_type_reason)}"]
            if report.model.model_type_reason
            else []
        ),
        *([f"- {markdown(dimensions(report))}"] if dimensions(report) else []),
        f"- {markdown(phrases.cost(report))}",
        (
            f"- {markdown(phrases.machine(report))}; OpenVINO {markdown(versions.openvino)}, "
            f"NNCF {markdown(versions.nncf)}, calibrate {markdown(versions.calibrate)}"
        ),
    ]
    parts = ["<details><summary>Layers, cost, environment</summary>", table if rows else "", rest]
    return "\n\n".join(part for part in [*parts, "\n".join(facts), "</details>"] if part)
