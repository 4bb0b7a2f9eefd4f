"""A miniature from its file to an INT8 model, and what another process makes of that."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibrate.commands.check import check
from calibrate.commands.run import run
from calibrate.config.load import load_config
from calibrate.errors import CalibrateError
from tests.miniatures.record import Miniature

INDEPENDENT = Path(__file__).with_name("independent.py")
COMMON = {
    "dataset": {"adapter": {"type": "arrays", "data_source": "data.npz"}},
    "decoder": {"type": "raw"},
    "metrics": [{"type": "cosine_similarity"}],
    "budget": {"max_drop": 0.05},
    "quantization": {"subset_size": 16},
    "search": {"objective": "size", "ranking_subset_size": 8},
    "output": {"dir": "out", "name": "result"},
}


def config_of(miniature: Miniature, folder: Path) -> Path:
    """The config of a miniature, written with its model and samples."""
    np.savez(folder / "data.npz", **miniature.samples)
    document = {"model": {"path": str(miniature.write(folder))}, **COMMON}
    for section, content in miniature.config.items():
        merged = isinstance(content, dict) and section != "decoder"
        document[section] = {**document[section], **content} if merged else content
    path = folder / "config.yaml"
    path.write_text(json.dumps(document))
    return path


def look_at(model: Path, folder: Path, name: str) -> tuple[dict[str, Any], list[list[str]]]:
    """Outputs for the first samples, and what is executed, by OpenVINO alone."""
    out = folder / f"{name}.npz"
    command = [sys.executable, str(INDEPENDENT), str(model), str(folder / "data.npz"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(out) as file:
        return {key: file[key] for key in file.files}, json.loads(done.stdout.splitlines()[-1])


def hold_to_the_end(miniature: Miniature, tmp_path: Path) -> None:
    """Calibrate a miniature, and compare its model with the source in another process."""
    config = config_of(miniature, tmp_path)
    if miniature.refused:
        with pytest.raises(CalibrateError) as caught:
            run(load_config(config))
        assert re.search(miniature.refused, str(caught.value))
        assert caught.value.hint
        return
    check(load_config(config))
    report = run(load_config(config))
    assert report.verdict.passed
    source = load_config(config).config.model.path
    frozen = any("value" in entry for entry in _inputs(miniature).values())
    before = {} if frozen else look_at(source, tmp_path, "source")[0]
    after, executed = look_at(tmp_path / "out" / "result.xml", tmp_path, "result")
    for name, values in before.items():
        if name not in after:
            continue  # a number of rows that varies
        assert after[name].shape == values.shape
        assert np.isfinite(after[name]).all()
        assert _cosine(after[name], values) > 0.9
    integer = sum(precision in ("i8", "u8") for _, precision in executed)
    assert integer >= miniature.int8, executed
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    for group in written["groups"]:
        assert group["operations"]
        assert group["precision"] != "int8" or not group["reason"]


def _inputs(miniature: Miniature) -> dict[str, Any]:
    return dict(miniature.config.get("model", {}).get("inputs", {}))


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    entry, two = first.astype(np.float64).ravel(), second.astype(np.float64).ravel()
    if np.array_equal(entry, two):
        return 1.0
    return float(entry @ two / (np.linalg.norm(entry) * np.linalg.norm(two)))
