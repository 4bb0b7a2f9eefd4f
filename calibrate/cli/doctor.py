"""`calibrate doctor`: what on this machine would spoil results."""

import click

from calibrate.cli.exit_codes import ERROR, WITHIN_BUDGET
from calibrate.cli.options import Display, display_options, example


@click.command(epilog=example("calibrate doctor"))
@display_options
def doctor(display: Display) -> int:
    """Show CPU, instruction set and versions, and look for known traps.

    Traps are for instance a CPU without VNNI, a container's limits, little memory, or versions
    that calibrate was not made for. Exit code 1 if something cannot work; warnings are 0.
    """
    from calibrate.cli.output import show
    from calibrate.commands.doctor import diagnose, worst
    from calibrate.report.commands.doctor import render_doctor

    found = diagnose()
    show(display, found, render_doctor(found))
    return ERROR if worst(found.findings) == "error" else WITHIN_BUDGET
