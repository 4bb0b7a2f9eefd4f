"""Every structural miniature ends with a model that another process reads, or with a reason."""

import pytest

from tests.miniatures import control_flow, files, images
from tests.miniatures.end_to_end import hold_to_the_end

MINIATURES = (
    *images.MINIATURES,
    *control_flow.MINIATURES,
    *files.MINIATURES,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)


@pytest.mark.parametrize(
    "miniature",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each.slow else [])
        for each in MINIATURES
    ],
)
def test_from_the_file_to_a_model_or_a_reason(miniature, tmp_path):
    hold_to_the_end(miniature, tmp_path)
