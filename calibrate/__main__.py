"""`python -m calibrate`."""

from calibrate.cli.main import main

if __name__ == "__main__":
    main()
