"""The report as one self-contained HTML file that opens offline."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from calibrate.core.yaml_text import to_yaml
from calibrate.report import fallback, numbers, phrases, verdict_text
from calibrate.report.changed_predictions import changed
from calibrate.report.charts.flow_chart import flow_chart
from calibrate.report.charts.group_chart import group_chart, layer_errors, precision_looks
from calibrate.report.charts.histogram_chart import spread_bars
from calibrate.report.charts.interval_chart import interval_chart, range_strips, stages
from calibrate.report.charts.plots import accuracy_against_latency, damage_against_time
from calibrate.report.charts.tuning_chart import loss_against_updates
from calibrate.report.cost_column import cost_column
from calibrate.report.dimensions import dimensions
from calibrate.report.formats.escape import printable
from calibrate.report.formats.page_parts import page_part, policy_digest
from calibrate.report.outcomes import STYLES
from calibrate.report.schema import Report
from calibrate.report.source_names import source_name
from calibrate.report.targets import on_cpus


def render_html(report: Report) -> str:
    """Render the page; it loads nothing, and its policy forbids loading anything."""
    style, script = page_part("style.css"), page_part("script.js")
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            measured=[report.performance[name] for name in phrases.models(report)],
            stylesheet=style,
            script=script,
            style_digest=policy_digest(style),
            script_digest=policy_digest(script),
            numbers=numbers,
            phrases=phrases,
            verdict_text=verdict_text,
            styles=STYLES,
            fallback=fallback,
            on_cpus=list(on_cpus(report)),
            gauges={label: interval_chart(report, label) for label in report.metrics},
            charts=[
                accuracy_against_latency(report, label, f"accuracy{position}")
                for position, label in enumerate(report.metrics)
            ],
            front=damage_against_time(report, "front"),
            tuning=loss_against_updates(report, "tuning"),
            columns=group_chart(report),
            looks=precision_looks(report),
            fallbacks=fallback.fallbacks(report),
            cost_column=cost_column(report),
            dimensions=dimensions(report),
            changes=changed(report),
            ranges=range_strips(report.ranges),
            stages=stages(report),
            flow=flow_chart(report),
            errors=layer_errors(report),
            spreads=spread_bars,
            source_name=source_name,
            given=to_yaml(report.config_given),
            config=to_yaml(report.config),
        )
    )


@cache
def environment() -> Environment:
    """Return the environment of the pages' templates."""
    return Environment(
        loader=PackageLoader("calibrate.report.formats"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _harmless(value: object) -> object:
    """Escape text that would change the direction of writing; the template's markup is kept."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return printable(value, lines=True)
    return value
