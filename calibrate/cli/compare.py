"""`calibrate compare`: two finished runs side by side."""

from pathlib import Path

import click

from calibrate.cli.options import Display, display_options, example


@click.command(epilog=example("calibrate compare before/report.json after/report.json"))
@click.argument("first", metavar="FIRST", type=click.Path(path_type=Path))
@click.argument("second", metavar="SECOND", type=click.Path(path_type=Path))
@display_options
def compare(first: Path, second: Path, display: Display) -> None:
    """Show what differs between two runs: verdict, accuracy, speed, size and precisions.

    FIRST and SECOND are report.json files, or the folders that hold them.
    """
    from calibrate.cli.output import show
    from calibrate.report.commands.compare import compare_runs, render_comparison
    from calibrate.report.load import load_report

    reports = [
        load_report(path / "report.json" if path.is_dir() else path) for path in (first, second)
    ]
    comparison = compare_runs(*reports)
    show(display, comparison, render_comparison(comparison))
