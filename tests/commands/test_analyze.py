import json
from pathlib import Path

import pytest

from calibrate.cli.main import run


def test_every_group(job, tmp_path, capsys):
    output = tmp_path / "analysis.json"
    words = ["--output", str(output), "--set", "quantization.subset_size=8"]
    assert run(["analyze", str(job), *words, "--no-progress"]) == 0
    out = capsys.readouterr().out
    content = json.loads(output.read_text())
    (group, *_) = content["groups"]
    assert "Convolution" in group["types"]
    assert set(group["microseconds"]) == {"fp32", "int8"}
    assert group["sensitivity"] >= 0
    assert group["name"] in out
    assert "Next: calibrate run" in out
    assert not (job.parent / "out" / "report.json").exists()
    page = (job.parent / "out" / "analysis.html").read_text()
    assert all(each["name"] in page for each in content["groups"])
    assert f"Report: {job.parent / 'out' / 'analysis.html'}" in out


@pytest.mark.zoo
def test_each_group_of_a_real_network(zoo, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CALIBRATE_ZOO", str(zoo))
    config = str(Path(__file__).parents[2] / "configs" / "zoo_cifar10_resnet20.yaml")
    words = ["--set", "dataset.subsample_size=64", "--set", "search.ranking_subset_size=12"]
    words += ["--set", "quantization.subset_size=20", "--output-dir", str(tmp_path)]
    words += ["--set", "metrics=[{type: accuracy}]"]
    assert run(["analyze", config, *words, "--json", "-q"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert len(output["groups"]) > 15
    assert all(group["images"] in (8, 12) for group in output["groups"])
