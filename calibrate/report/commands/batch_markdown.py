"""A batch as Markdown, for a comment or the summary of a job."""

from calibrate.report import numbers
from calibrate.report.commands.batch import BatchReport, Row, drops, summary
from calibrate.report.formats.escape import code, markdown
from calibrate.report.outcomes import STYLES

_GOOD = ("proven", "accepted")


def batch_markdown(report: BatchReport) -> str:
    """Render a table with a row for each run, under a summary of the outcomes."""
    failed = [row for row in report.rows if row.outcome not in _GOOD]
    worse = [row for row in report.rows if row.regressions]
    mark = "❌" if failed or worse or not report.rows else "✅"
    lines = [
        f"### {mark} calibrate: {markdown(summary(report.rows))}",
        "",
        "| run | verdict | drop | speed-up | file | time |",
        "| --- | --- | --- | ---: | ---: | ---: |",
        *(_line(row) for row in report.rows),
        "",
        *(f"- {code(row.name)}: {markdown(row.message)}" for row in failed),
        *(
            f"- {code(row.name)} is worse than the baseline: {markdown('; '.join(row.regressions))}"
            for row in worse
        ),
        *([""] if failed or worse else []),
        f"{numbers.seconds(report.seconds)} for this execution.",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    style = STYLES[row.outcome]
    speed = "" if row.speedup is None else f"{row.speedup:.2f}×"
    cells = (
        code(row.name),
        f"{style.mark} {style.name}",
        markdown(drops(row).replace("\n", "; ")),
        speed,
        "" if row.file_bytes is None else numbers.size(row.file_bytes),
        f"{'kept, ' if row.kept else ''}{numbers.seconds(row.seconds)}",
    )
    return f"| {' | '.join(cells)} |"
