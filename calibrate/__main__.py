"""The command, as `python -m calibrate` and as `calibrate`; Ctrl-C is silent from the beginning."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Until `main` handles signals, Python would print a traceback of the import it interrupts.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from calibrate.cli.main import main

if __name__ == "__main__":
    main()
