"""`calibrate doctor`: check this machine for conditions that distort results."""

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

    diagnosis = diagnose()
    show(display, diagnosis, render_doctor(diagnosis))
    return ERROR if worst(diagnosis.findings) == "error" else WITHIN_BUDGET
