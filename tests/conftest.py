"""What many tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def zoo() -> Path:
    """The folder of real models and images; its tests are skipped where it is not there."""
    root = Path(__file__).parents[1]
    folder = Path(os.environ.get("CALIBRATE_ZOO", root / ".." / "shared" / "zoo")).resolve()
    if not (folder / "models").is_dir():
        pytest.skip(f"no zoo at {folder}; set CALIBRATE_ZOO")
    return folder
