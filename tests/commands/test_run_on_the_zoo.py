"""What the report claims of a written model is what another process sees that knows nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from calibrate.api import run

ROOT = Path(__file__).parents[2]
CONFIGS = [
    "zoo_cifar10_resnet20",
    "zoo_mobilenet_v1",
    *(
        pytest.param(name, marks=pytest.mark.exhaustive)
        for name in ("zoo_fastestdet", "zoo_ssd_mobilenet_v1", "zoo_deeplab_v3", "zoo_espcn_x3")
    ),
]
WEIGHTED = ("Convolution", "Deconvolution", "FullyConnected", "MatMul")


def deployed(config: Path, model: Path) -> dict:
    script = ROOT / "tests" / "fixtures" / "deployed.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, str(script), str(config), str(model)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(child.stdout.splitlines()[-1])


def ran(group, nodes) -> str:
    """The precision of a group's layers with weights, of all its nodes where it has none."""
    of_group = [node for node in nodes if set(group.operations) & set(node[0])]
    weighted = [node for node in of_group if node[1] in WEIGHTED]
    types = {"i8" if node[2] in ("i8", "u8") else node[2] for node in weighted or of_group}
    return "+".join(sorted(types))


@pytest.mark.zoo
@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_the_written_model_is_what_the_report_says(zoo, tmp_path, name):
    config = ROOT / "configs" / f"{name}.yaml"
    report = run(config, {"output.dir": tmp_path, "budget.max_drop": 0.005})
    assert report.deployment.properties == {}
    observed = deployed(config, Path(report.model.written))
    for label, facts in report.metrics.items():
        assert observed["metrics"][label] == pytest.approx(facts.result["search"].value, abs=2e-3)
    for group in report.groups:
        # A matrix product with a bias is recognized by the bias's name alone, outside of calibrate.
        text = ran(group, observed["nodes"])
        if group.executed is not None and text:
            assert text == group.executed.precision, group.name
