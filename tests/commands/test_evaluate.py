import json

import pytest

from calibrate.cli.main import run


def test_one_model(job, capsys):
    assert run(["evaluate", str(job), "--no-progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "image_folder: 30 samples"
    assert lines[-1].split()[:2] == ["model.xml", "accuracy@1"]


def test_two_models_side_by_side(job, certified_badly, capsys):
    models = ["-m", str(job.parent / "model.xml"), "-m", str(certified_badly)]
    assert run(["evaluate", str(job), *models, "--json", "-q"]) == 0
    output = json.loads(capsys.readouterr().out)
    first, second = output["models"]
    assert first["metrics"][0]["drop"] is None
    drop = second["metrics"][0]["drop"]
    expected = first["metrics"][0]["value"] - second["metrics"][0]["value"]
    assert drop["estimate"] == pytest.approx(expected)
    assert drop["low"] > 0.5
    assert second["divergence"] > 0
    run(["evaluate", str(job), *models, "-v", "--no-progress"])
    assert (
        "worse.xml against model.xml, accuracy@1: worse, beyond chance." in capsys.readouterr().out
    )


@pytest.mark.parametrize(("which", "count"), [("all", 30), ("search", 15), ("acceptance", 15)])
def test_sets(job, which, count, capsys):
    divided = ["--set", "split.acceptance=0.5"]
    assert run(["evaluate", str(job), "--images", which, "--json", "-q", *divided]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == count


def test_a_missing_model(job, capsys):
    assert run(["evaluate", str(job), "-m", str(job.parent / "modl.xml")]) == 1
    assert "modl.xml" in capsys.readouterr().err
